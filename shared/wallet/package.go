package wallet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A CurrentPackage is the pointer to the newest signed package of one pass. Packages themselves are immutable objects;
// this record alone moves, and only forward.
type CurrentPackage struct {
	ID      PassID
	Version int64 // 1, 2, 3, …; 0 while there is no package

	Object      string // the package's object name in the bucket
	ContentHash string // hex SHA-256 of the manifest: equal hash, equal pass; empty where the pass has to be packaged anew

	SourceRevision   Revision // of the document that was last looked at
	DocumentGone     bool     // it had been taken away altogether by then
	Template         string   // name of the template that the document used then; empty where it named none, and in records of before this was kept
	TemplateRevision string   // of the template that the package was rendered with
	Style            string   // style key of the pass, such as "storeCard", from its first version on; empty where that is not known

	// LastModified is what the web service tells devices: whole seconds UTC, at least one second later than that of the
	// version before, so that two versions of one second differ.
	LastModified time.Time

	// Committed is the record's revision when Version was committed; zero while that commit is the record's last write.
	Committed Revision

	TokenKeyVersion     int                 // which key derived the pass's authentication token; it never changes
	AuthenticationToken AuthenticationToken // only for passes imported with a token of their own

	// RequiredPersonalizationFields is what the sign-up form inside the current package asks for; nil when it has none.
	RequiredPersonalizationFields []string
	Personalized                  time.Time // when the customer signed up, once and for all; zero before
	PersonalizationDigest         string    // of the request that was taken, so that its repetition is known

	Problem  *Problem // why the newest document is not the current package; nil when it is
	Timeline []Event  // the last of what happened to the pass, oldest first

	Revision Revision // of the record as read; guards the next write
}

// A Problem is why a document could not be packaged. The package before it keeps being served.
type Problem struct {
	Time             time.Time
	SourceRevision   Revision
	TemplateRevision string // of the document's template; empty where there was no template, or no certificate, and another try is due
	Regression       bool   // the same document could be packaged until its template changed
	Findings         Findings
}

// What is kept of a refusal, so that a giant document cannot make a record that no store takes.
const (
	maxFindings = 50
	maxText     = 1000 // bytes of a path, a message or an event's detail
)

// NewProblem keeps as much of the findings as helps: the first 50, with their texts cut to 1000 bytes.
func NewProblem(now time.Time, source Revision, findings Findings) *Problem {
	p := &Problem{Time: now.UTC(), SourceRevision: source}
	for _, f := range findings[:min(len(findings), maxFindings)] {
		f.Path, f.Message = cut(f.Path), cut(f.Message)
		p.Findings = append(p.Findings, f)
	}
	return p
}

// cut shortens a text to maxText bytes, at the border of a character.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// CommittedAt is the revision at which Version became the current one.
func (p CurrentPackage) CommittedAt() Revision {
	if p.Committed != 0 {
		return p.Committed
	}
	return p.Revision
}

// Next returns the record of the version after p, without its object. LastModified is the whole second of now, or one
// second after p's when the clock has not moved that far or has gone back.
func (p CurrentPackage) Next(now time.Time) CurrentPackage {
	next := p
	next.Version++
	next.LastModified = now.UTC().Truncate(time.Second)
	if least := p.LastModified.Add(time.Second); p.Version > 0 && next.LastModified.Before(least) {
		next.LastModified = least
	}
	next.Committed = 0
	next.Problem = nil
	return next
}

// Same returns the record for a write that leaves Version as it is.
func (p CurrentPackage) Same() CurrentPackage {
	p.Committed = p.CommittedAt()
	return p
}

// Restored returns the record as it has to go on after it was restored to an earlier time, and whether that differs from p.
// Objects are the names of all packages of the pass in the bucket, which was not restored.
//
// Where there are packages of later versions, phones may hold them. The record goes on after their versions, and with a later
// Last-Modified than theirs: each of them had the time at which it was made, or a second more than the one before. Where the
// package of the record is gone, the newest there is takes its place until the document has been packaged anew, which it will
// be, since the content hash is forgotten.
func (p CurrentPackage) Restored(objects []string, now time.Time) (CurrentPackage, bool) {
	latest, newest := int64(0), ""
	for _, object := range objects {
		if id, version, ok := ParseObjectName(object); ok && id == p.ID && version >= latest {
			latest, newest = version, object
		}
	}
	gone := !slices.Contains(objects, p.Object)
	if p.Version == 0 || !gone && latest <= p.Version {
		return p, false
	}
	next := p.Next(now)
	if more := latest - p.Version; more > 0 {
		next.Version += more
		next.LastModified = next.LastModified.Add(time.Duration(more) * time.Second)
	}
	if gone {
		next.Object, next.ContentHash = cmp.Or(newest, p.Object), ""
	}
	next.Problem = p.Problem
	next.Record(Event{Time: now.UTC(), Kind: EventRestored, Version: next.Version})
	return next, true
}

// Follows reports how p breaks the rules of a record that replaces previous; nil when it may. The store in memory
// refuses what breaks them, so that a test sees it at once.
func (p CurrentPackage) Follows(previous CurrentPackage) error {
	switch {
	case p.Version < previous.Version:
		return fmt.Errorf("%v: version %d after %d: the pointer moves back", p.ID, p.Version, previous.Version)
	case p.SourceRevision < previous.SourceRevision:
		return fmt.Errorf("%v: made from revision %d after %d: an older document", p.ID, p.SourceRevision, previous.SourceRevision)
	case p.Version == previous.Version && (p.Object != previous.Object || p.ContentHash != previous.ContentHash || !p.LastModified.Equal(previous.LastModified) ||
		!slices.Equal(p.RequiredPersonalizationFields, previous.RequiredPersonalizationFields)):
		return fmt.Errorf("%v: version %d changes its package", p.ID, p.Version)
	case p.Version > previous.Version+1 && p.ContentHash != previous.ContentHash && p.ContentHash != "": // but see Restored
		return fmt.Errorf("%v: version %d after %d: one is missing", p.ID, p.Version, previous.Version)
	case p.Version > previous.Version && previous.Version > 0 && p.LastModified.Before(previous.LastModified.Add(time.Second)):
		return fmt.Errorf("%v: Last-Modified %v after %v: it must rise by a second", p.ID, p.LastModified, previous.LastModified)
	case p.Version > 0 && p.LastModified.Nanosecond() != 0:
		return fmt.Errorf("%v: Last-Modified %v is not a whole second", p.ID, p.LastModified)
	case previous.TokenKeyVersion != 0 && p.TokenKeyVersion != previous.TokenKeyVersion:
		return fmt.Errorf("%v: the authentication token of a pass never changes", p.ID)
	case previous.Style != "" && p.Style != previous.Style:
		return fmt.Errorf("%v: a %s becomes a %s", p.ID, previous.Style, p.Style)
	case !previous.Personalized.IsZero() && (!p.Personalized.Equal(previous.Personalized) || p.PersonalizationDigest != previous.PersonalizationDigest):
		return fmt.Errorf("%v: a pass is personalized once", p.ID)
	}
	return nil
}
