package wallet

import (
	"slices"
	"time"
)

// An Event is one line of a pass's timeline.
type Event struct {
	Time    time.Time `json:"time"`
	Kind    string    `json:"event"` // such as [EventPackaged]
	Version int64     `json:"version,omitempty"`
	Detail  string    `json:"detail,omitempty"`
}

// The kinds of event. They are in the records, and the issuer's API shows them: their values stay.
const (
	EventWritten         = "written"          // the business wrote the document
	EventDocumentRemoved = "document removed" // somebody took the document away altogether
	EventPackaged        = "packaged"         // Version became the current package; see [CurrentPackage.Superseded]
	EventRefused         = "refused"          // the document cannot be packaged; Detail is why
	EventMessageRefused  = "message refused"  // a message of pass-updates can never succeed; Detail is why
	EventPersonalized    = "personalized"     // the customer signed up
	EventRestored        = "restored"         // the record went on as Version after it was restored to an earlier time

	// Those of a phone, which the issuer's API adds. No record has them.
	EventRegistered = "registered" // the push token was confirmed
	EventPushed     = "pushed"     // APNs was told; Detail is its answer
	EventListed     = "listed"     // the phone asked what changed
	EventDelivered  = "delivered"  // the phone showed that it knows the newest version
)

const (
	// timelineLength bounds the timeline, and with it the record.
	timelineLength = 40
	// A milestone is the first [EventPackaged] of a quarter of a day. The last few are kept, whatever comes after them: as
	// many as it takes for the oldest to be more than a day old, when there is one in each quarter.
	milestones = 6
	quarter    = 6 * time.Hour
)

// Record adds an event to the timeline, cut to 1000 bytes. Beyond the bound, the oldest goes that is not among the last
// milestones.
func (p *CurrentPackage) Record(e Event) {
	e.Detail = cut(e.Detail)
	p.Timeline = append(slices.Clone(p.Timeline), e)
	for len(p.Timeline) > timelineLength {
		oldest := p.oldest()
		p.Timeline = slices.Delete(p.Timeline, oldest, oldest+1)
	}
}

// oldest returns the place of the oldest event that is not among the last milestones.
func (p *CurrentPackage) oldest() int {
	met := make(map[time.Time]bool)
	var kept []int
	for i, e := range p.Timeline {
		if at := e.Time.UTC().Truncate(quarter); e.Kind == EventPackaged && !met[at] {
			met[at] = true
			kept = append(kept, i)
		}
	}
	kept = kept[max(0, len(kept)-milestones):]
	oldest := 0
	for slices.Contains(kept, oldest) {
		oldest++
	}
	return oldest
}
