package bill

import "math"

// A Call is what one call of a method is billed.
type Call struct {
	Each Operations // whatever it finds
	Page int        // of a query: how many documents are read at a time; each costs a read, and so does a page without any
	Per  int        // of a count: how many are counted for one read
}

// onePage is the page of a query that asks for no second one.
const onePage = math.MaxInt

// Found returns what one call is billed that found, or counted, so many.
//
// https://cloud.google.com/firestore/native/docs/pricing
func (c Call) Found(n int) Operations {
	o := c.Each
	switch {
	case c.Page > 0:
		full := n / c.Page
		o.Calls += full + 1
		o.Reads += n
		if n == full*c.Page { // the last page is empty
			o.Reads++
		}
	case c.Per > 0:
		o.Calls++
		o.Reads += max(1, (n+c.Per-1)/c.Per)
	}
	return o
}

var (
	read  = Call{Each: Operations{Reads: 1, Calls: 1}} // there or not
	write = Call{Each: Operations{Writes: 1, Calls: 1}}
	send  = Call{Each: Operations{Messages: 1, Calls: 1}}
)

// Forgotten is the call of SaveDevice with a record without passes, which deletes it.
const Forgotten = "SaveDevice, of no passes"

// Calls are the methods of a store, a bucket, a bus and a set of templates, by name. A guarded write is a write alone: its precondition is no read.
var Calls = map[string]Call{
	"Document":            read,
	"SaveDocument":        write,
	"CurrentPackage":      read,
	"SavePackage":         write,
	"Personalization":     read,
	"SavePersonalization": {Each: Operations{Writes: 2, Calls: 1}}, // the sign-up, and the pointer that says so
	"Device":              read,
	"SaveDevice":          write,
	Forgotten:             {Each: Operations{Deletes: 1, Calls: 1}},
	"RegisteredDevices":   {Page: 300},
	"CountDevices":        {Per: 1000},
	"DevicesDue":          {Page: 300},
	"DocumentRevisions":   {Page: onePage},
	"CurrentPackages":     {Page: 1000},
	"Walk":                read,
	"SaveWalk":            write,

	"Campaign":              read,
	"SaveCampaign":          write,
	"Campaigns":             {Page: onePage},
	"TemplatePackages":      {Page: onePage},
	"CountTemplatePackages": {Per: 1000},

	"Create": {Each: Operations{ObjectWrites: 1, Calls: 1}},
	"Open":   {Each: Operations{ObjectReads: 1, Calls: 1}},
	"List":   {Each: Operations{ObjectWrites: 1, Calls: 1}},
	"Remove": {Each: Operations{Calls: 1}}, // costs nothing

	"Fresh": {Each: Operations{ObjectWrites: 1, Calls: 1}}, // of a template that has not changed

	"PassChanged":      send,
	"PassPackaged":     send,
	"PassPersonalized": send,
}
