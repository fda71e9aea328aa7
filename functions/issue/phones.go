package issue

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// mostPhones is how many of a pass's phones are shown one by one, those that are behind first.
const mostPhones = 20

// phone is where one device stands with the pass, and why. It is named by a digest, so that it can be told from another and
// not be addressed.
type phone struct {
	Device     string `json:"device"` // 8 hex digits
	State      string `json:"state"`  // "delivered", "listed", "pushed", "silent", "owed" or "refused"
	Why        string `json:"why"`
	Registered string `json:"registered,omitempty"` // when it last registered a pass, with the push token it has
	Pushed     string `json:"pushed,omitempty"`     // when APNs last answered
	Answer     string `json:"answer,omitempty"`     // what it said
	Listed     string `json:"listed,omitempty"`     // when it was told of its newest change
	Delivered  string `json:"delivered,omitempty"`  // when it last showed that it has what changed
	NextPush   string `json:"nextPush,omitempty"`

	record wallet.Device
}

func newPhone(d wallet.Device, serialNumber string) phone {
	digest := sha256.Sum256([]byte(d.ID.DeviceLibraryIdentifier))
	p := phone{
		Device: hex.EncodeToString(digest[:4]), Registered: rfc3339(d.TokenConfirmed), Pushed: rfc3339(d.Contact.Pushed), Answer: d.Contact.Answer,
		Listed: rfc3339(d.Contact.Listed), Delivered: rfc3339(d.Contact.Presented), NextPush: rfc3339(d.PushDue),
		record: d,
	}
	p.State = state(d, serialNumber)
	p.Why = p.why()
	return p
}

// state says how far the newest change of the pass has come.
func state(d wallet.Device, serialNumber string) string {
	pass := d.Passes[serialNumber]
	switch {
	case d.Presented >= pass.Sequence:
		return "delivered"
	case d.TokenRefused:
		return "refused"
	case !d.Contact.Listed.Before(pass.Since.Time()):
		return "listed"
	case d.Pushed < d.Sequence:
		return "owed"
	case d.PushDue.IsZero():
		return "silent"
	default:
		return "pushed"
	}
}

// why answers what an operator asks: why did this phone not update?
func (p phone) why() string {
	switch p.State {
	case "delivered":
		return "it has shown that it knows the newest version"
	case "refused":
		return fmt.Sprintf("APNs refuses its push token (%s): it is pushed to again once it has registered again", cmp.Or(p.Answer, "no reason kept"))
	case "listed":
		return "it has asked and was told of the change; that it has fetched it shows when it asks the next time"
	case "owed":
		return "it is owed a push that APNs has not taken yet: if this lasts, see the log for \"push not taken\""
	case "silent":
		return "it was pushed to for a month and has not asked: it is left alone until something changes or it registers"
	default:
		return "APNs has taken the push and the phone has not asked since: it is off, out of reach, or its user has switched automatic updates off"
	}
}

// events are the lines of the timeline that this phone's record holds.
func (p phone) events() []event {
	add := func(list []event, at time.Time, kind, detail string) []event {
		if at.IsZero() {
			return list
		}
		return append(list, event{Event: wallet.Event{Time: at.UTC(), Kind: kind, Detail: detail}, Device: p.Device})
	}
	list := add(nil, p.record.TokenConfirmed, wallet.EventRegistered, "")
	list = add(list, p.record.Contact.Pushed, wallet.EventPushed, p.Answer)
	list = add(list, p.record.Contact.Listed, wallet.EventListed, "")
	return add(list, p.record.Contact.Presented, wallet.EventDelivered, "")
}

// An event is a line of the timeline, with the phone that it is about.
type event struct {
	wallet.Event
	Device string `json:"device,omitempty"`
}

// phones collects those that are shown one by one.
type phones struct{ behind, others []phone }

func (p *phones) add(shown phone) {
	switch {
	case shown.State != "delivered" && len(p.behind) < mostPhones:
		p.behind = append(p.behind, shown)
	case shown.State == "delivered" && len(p.others) < mostPhones:
		p.others = append(p.others, shown)
	}
}

func (p phones) list() []phone {
	list := append(append([]phone{}, p.behind...), p.others...)
	return list[:min(len(list), mostPhones)]
}

// timeline puts what the package's record and the phones' records know into the order of time.
func timeline(recorded []wallet.Event, shown []phone) []event {
	events := []event{}
	for _, e := range recorded {
		events = append(events, event{Event: e})
	}
	for _, p := range shown {
		events = append(events, p.events()...)
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.Time.Compare(b.Time) })
	return events
}
