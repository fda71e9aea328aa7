package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A CampaignID names what a campaign keeps up to date: the passes of one type that use one template.
type CampaignID struct {
	PassTypeIdentifier string `json:"passTypeIdentifier"`
	Template           string `json:"template"`
}

// Validate reports, as an [ErrInvalid], a name that cannot be used in a path or as a Firestore document's.
func (id CampaignID) Validate() error {
	if err := ValidatePassType(id.PassTypeIdentifier); err != nil {
		return err
	}
	if !word(id.Template, 100, "._-") || reservedName(id.Template) {
		return fmt.Errorf("%w: template %.110q: a campaign needs a name of 1 to 100 of A-Z a-z 0-9 . _ -", ErrInvalid, id.Template)
	}
	return nil
}

// String returns "passType/template", for logs and errors.
func (id CampaignID) String() string { return id.PassTypeIdentifier + "/" + id.Template }

// A CampaignState says whether a campaign goes on.
type CampaignState string

// The states of a campaign.
const (
	CampaignRunning CampaignState = "running"
	CampaignPaused  CampaignState = "paused"  // by the issuer
	CampaignStopped CampaignState = "stopped" // by itself, for the reason it gives; a new revision of the template begins it anew
	CampaignDone    CampaignState = "done"    // until the template changes
)

// A Campaign brings every pass of one type that uses one template up to the template's newest revision, in the order of
// serial numbers, no faster than its pace. It is a standing order: when the template changes, it begins again. Some passes go
// first; then it waits, and watches for trouble, before it goes on with the others.
type Campaign struct {
	ID     CampaignID
	State  CampaignState
	Reason string // why it has stopped, or what it waits for

	// What the issuer may set.
	Pace      int           // passes a second, at most
	First     int64         // how many passes go first; 0 for all at once
	Watch     time.Duration // how long it then waits
	Tolerance int64         // it stops at more passes refused, or of the first left behind, or more complaints, than this

	// How far it has come.
	TemplateRevision string    // what the passes are brought up to; empty before the template was first looked at
	Started          time.Time // when it began with this revision
	Round            int       // 1, 2, 3: passes that were left behind in one are met again in the next
	After            string    // serial number up to which all passes were looked at in this round; empty at its beginning
	Sent             string    // serial number up to which passes were announced, as far as the last call left word
	Moved            time.Time // when it last came further
	WatchUntil       time.Time // zero until those that go first are done
	Ended            time.Time // zero while it runs or is paused

	Total      int64 // passes with the template when it began
	Done       int64 // passes looked at and not behind any more, in this round
	Refused    int64 // of these, passes that could be packaged before and cannot with this revision
	Left       int64 // passes that did not come up in time, in this round
	Forgiven   int64 // passes refused when it was last resumed, which do not stop it again
	Complaints int64 // lines in which devices complained of passes of this type, since it began or was resumed

	// Driver tells the calls that drive it apart: the one that came last goes on, every other leaves.
	Driver string

	Revision Revision // of the record as read; guards the next write
}

// What a campaign does unless the issuer says otherwise.
const (
	CampaignPace      = 200
	CampaignFirst     = 100
	CampaignWatch     = 10 * time.Minute
	CampaignTolerance = 10
)

// NewCampaign returns a campaign that has not looked at its template yet.
func NewCampaign(id CampaignID) Campaign {
	return Campaign{
		ID: id, State: CampaignRunning,
		Pace: CampaignPace, First: CampaignFirst, Watch: CampaignWatch, Tolerance: CampaignTolerance,
	}
}

// campaignRounds is how often a pass that did not come up is tried again.
const campaignRounds = 3

// Begin makes the campaign start anew, with a revision of its template and about so many passes.
func (c *Campaign) Begin(now time.Time, templateRevision string, total int64) {
	*c = Campaign{
		ID: c.ID, State: CampaignRunning, Pace: c.Pace, First: c.First, Watch: c.Watch, Tolerance: c.Tolerance,
		TemplateRevision: templateRevision, Started: now, Moved: now, Round: 1, Total: total, Revision: c.Revision,
	}
}

// Pause and Resume are the issuer's. What was done stays done.
func (c *Campaign) Pause() { c.State, c.Ended = CampaignPaused, time.Time{} }

// Resume makes the campaign go on from where it is, or look at all passes once more where it had come to its end. The trouble
// that there was is forgiven.
func (c *Campaign) Resume(now time.Time) {
	c.State, c.Reason, c.Moved, c.Ended = CampaignRunning, "", now, time.Time{}
	c.Forgiven, c.Complaints, c.Sent, c.Driver = c.Refused, 0, "", ""
	if c.After == "" {
		c.round(1, now)
	}
}

// round makes a round begin.
func (c *Campaign) round(n int, now time.Time) {
	c.Round, c.After, c.Sent, c.Moved = n, "", "", now
	c.Done, c.Refused, c.Left = 0, 0, 0
}

// Stop ends the campaign until somebody resumes it, or its template changes.
func (c *Campaign) Stop(now time.Time, reason string) {
	c.State, c.Reason, c.Ended = CampaignStopped, reason, now
}

// Upcoming is how many passes may be looked at before the campaign has to wait; no limit is a negative number. It is never 0:
// where the issuer has asked for fewer than are done, one more shows it.
func (c *Campaign) Upcoming() int64 {
	if c.First == 0 || !c.WatchUntil.IsZero() {
		return -1
	}
	return max(1, c.First-c.Done-c.Left)
}

// Waits reports that those which go first are done and are being watched.
func (c *Campaign) Waits(now time.Time) bool { return now.Before(c.WatchUntil) }

// Advance records that all passes up to a serial number were looked at: so many came up, some of these were refused, and
// others were left behind. It stops the campaign where that is more trouble than it tolerates.
func (c *Campaign) Advance(now time.Time, after string, done, refused, left int64) {
	first := c.Upcoming()
	c.After, c.Moved = after, now
	c.Done, c.Refused, c.Left = c.Done+done, c.Refused+refused, c.Left+left
	if first >= 0 && done+left >= first {
		c.WatchUntil = now.Add(c.Watch)
		if c.Left > c.Tolerance {
			c.Stop(now, fmt.Sprintf("%d of the passes that go first did not come up; see the log of RegeneratePass", c.Left))
		}
	}
	c.Judge(now)
}

// Judge stops the campaign where there is more trouble than it tolerates, and reports whether it did.
func (c *Campaign) Judge(now time.Time) bool {
	switch {
	case c.State != CampaignRunning:
		return false
	case c.Refused-c.Forgiven > c.Tolerance:
		c.Stop(now, fmt.Sprintf("%d passes could be packaged before and cannot with this revision of the template", c.Refused))
	case c.Complaints > c.Tolerance:
		c.Stop(now, fmt.Sprintf("devices complained %d times of passes of this type; see the log", c.Complaints))
	default:
		return false
	}
	return true
}

// Finish records that the last pass of the round was looked at. The next round begins if some were left behind, and the
// campaign stops if that has happened often enough.
func (c *Campaign) Finish(now time.Time) {
	switch {
	case c.State != CampaignRunning:
		return
	case c.Left == 0:
		c.State, c.Ended = CampaignDone, now
	case c.Round < campaignRounds:
		c.round(c.Round+1, now)
	default:
		c.Stop(now, fmt.Sprintf("%d passes did not come up in %d rounds; see the log of RegeneratePass", c.Left, campaignRounds))
	}
	c.After, c.Sent = "", ""
}

// Behind reports that a package has yet to be brought up to the campaign's template. One that cannot be packaged is not, once
// that was tried; nor is one whose document is gone.
func (c *Campaign) Behind(pkg CurrentPackage) bool {
	switch {
	case pkg.Template != c.ID.Template || pkg.DocumentGone:
		return false
	case pkg.Problem != nil:
		return pkg.Problem.TemplateRevision != c.TemplateRevision
	}
	return pkg.TemplateRevision != c.TemplateRevision
}

// Refuses reports that the document of a package could be packaged until it was tried with the campaign's template.
func (c *Campaign) Refuses(pkg CurrentPackage) bool {
	return pkg.Template == c.ID.Template && pkg.Problem != nil && pkg.Problem.Regression && pkg.Problem.TemplateRevision == c.TemplateRevision
}

// Campaigns reads and writes campaigns.
type Campaigns interface {
	// Campaign returns the record, or one with only its ID when there is none. One that cannot be read is an [ErrInvalid].
	Campaign(ctx context.Context, id CampaignID) (Campaign, error)
	// SaveCampaign makes the record durable. It fails with [ErrConflict], changing nothing, when the stored one is not of
	// c.Revision any more.
	SaveCampaign(ctx context.Context, c Campaign) (Revision, error)
}

// UpdateCampaign is [UpdateDevice] for a campaign.
func UpdateCampaign(ctx context.Context, campaigns Campaigns, seen Campaign, change func(*Campaign) bool) (Campaign, error) {
	for attempt := 0; ; attempt++ {
		c := seen
		if !change(&c) {
			return c, nil
		}
		revision, err := campaigns.SaveCampaign(ctx, c)
		if err == nil {
			c.Revision = revision
			return c, nil
		}
		if !errors.Is(err, ErrConflict) {
			return Campaign{}, fmt.Errorf("save campaign %v: %w", seen.ID, err)
		}
		if err := Backoff(ctx, attempt); err != nil {
			return Campaign{}, fmt.Errorf("save campaign %v: %w", seen.ID, err)
		}
		if seen, err = campaigns.Campaign(ctx, seen.ID); err != nil {
			return Campaign{}, fmt.Errorf("read campaign %v: %w", seen.ID, err)
		}
	}
}
