package bill

// An Event is one thing that happens in the life of a pass, and what one function does about it.
type Event string

// The events. Those from Written to Next are one update, from the business's write to the phone's next list; Ingested and Patched are
// other roads to it. Where updates follow each other, Followed stands for both Listed and Next.
const (
	Written  Event = "the business writes the document in Firestore"
	Ingested Event = "the business publishes on pass-updates"
	Patched  Event = "the business calls PATCH"
	Changed  Event = "the write is announced"
	Packaged Event = "a package is made"
	Pushed   Event = "the phone is told"
	Another  Event = "another phone is told"
	Listed   Event = "the phone lists"
	Fetched  Event = "the phone fetches"
	Next     Event = "the phone shows what it has seen in its next list"
	Followed Event = "the phone lists, and shows what it has seen before"

	ListedNothing Event = "the phone lists, and there is nothing new"
	ListedUnknown Event = "a device lists that is not known"
	FetchedSame   Event = "the phone fetches what it has (304)"
	Refused       Event = "somebody fetches with a wrong token"

	WrittenSame  Event = "the business writes what is there already"
	PatchedSame  Event = "the business calls PATCH with what is there already"
	PackagedSame Event = "a document that says the same in other words is looked at"
	PushedSame   Event = "an announcement comes again"

	Installed       Event = "an install link gives the package"
	InstallPage     Event = "an install link gives the page"
	Registered      Event = "the phone registers"
	Welcomed        Event = "the phone is told that it has registered"
	RegisteredAgain Event = "the phone registers again"
	Unregistered    Event = "the phone unregisters its last pass"

	Swept          Event = "the sweep finds nothing to do"
	Campaigned     Event = "the campaigns find nothing to do"
	Walked         Event = "the sweep walks over a hundred passes, their documents and packages"
	AnnouncedAgain Event = "the sweep announces a package again"
	Removed        Event = "the sweep removes a superseded package"
)

// A Row of the table of events.
type Row struct {
	Event    Event
	Function string // that does it; empty where none of ours does
	Billed   Operations
}

// Operations returns what the event is billed.
func (e Event) Operations() Operations { return e.Row().Billed }

// Row returns what the table says of the event.
func (e Event) Row() Row {
	for _, row := range Events {
		if row.Event == e {
			return row
		}
	}
	panic("bill: no such event: " + string(e))
}
