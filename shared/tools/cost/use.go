package main

import (
	"math"

	"walletpasses.example/server/shared/tools/cost/bill"
)

// Assumptions are what the bill depends on beside the code.
type Assumptions struct {
	Passes    float64
	Templates float64    // in use, each by the passes of one type
	Updates   float64    // of each pass in a month
	Devices   float64    // that each pass is on, 1 or more
	Kilobytes float64    // of a package, 1000 bytes each
	Same      float64    // share of fetches that are answered 304
	Installs  float64    // of each pass in a month
	Road      bill.Event // on which updates come
	Wait      float64    // milliseconds of one remote call
	Together  float64    // requests that an instance serves at the same time, on average
	GiB       float64    // of memory of an instance
	Logged    float64    // kilobytes in the log for each request
	KMS       bool       // signs the passes
}

// announcedAgain are the ages, in hours, at which the sweep announces a package again.
var announcedAgain = []float64{5.0 / 60, 6, 24}

const (
	hours = 730.0 // in a month
	gib   = 1 << 30

	sweeps      = 12 * hours // calls in a month: one every five minutes
	walkHours   = 6          // between two walks over documents, if they are done by then
	perSweep    = 10_000     // documents that one call walks over, and names of objects
	abreast     = 200        // phones that are told at the same time
	pubsubLeast = 1000.0     // bytes that a message counts at least, in and out

	stored     = 9000.0       // bytes in Firestore: document, package and device, with their indexes
	superseded = 36.0 + 7*24. // hours that a package is paid for after it was superseded: until it is removed, and can be restored
)

// once is what is used when an event happens.
func (a Assumptions) once(events ...bill.Event) Quantities {
	q := make(Quantities)
	for _, e := range events {
		o := e.Operations()
		q.Add(1, Quantities{
			"reads": float64(o.Reads), "writes": float64(o.Writes), "deletes": float64(o.Deletes),
			"class-a": float64(o.ObjectWrites), "class-b": float64(o.ObjectReads),
			"messages": float64(o.Messages+o.Triggers) * 2 * pubsubLeast / gib,
			"egress":   float64(o.ObjectReads) * a.Kilobytes * 1000 / gib,
		})
		if a.KMS {
			q["signatures"] += float64(o.Signatures)
		}
		if o.Invocations > 0 {
			q.Add(float64(o.Invocations), a.request(bill.Milliseconds[e.Row().Function]+float64(o.Calls)*a.Wait))
		}
	}
	return q
}

// request is one request that takes so many milliseconds. Time is billed in steps of 100 ms; requests at the same time share it.
func (a Assumptions) request(milliseconds float64) Quantities {
	seconds := math.Ceil(milliseconds/100) / 10 / a.Together
	return Quantities{"requests": 1, "cpu": seconds, "memory": seconds * a.GiB, "logs": a.Logged * 1000 / gib}
}

// Update is one update of one pass, from the business's write to the phones' next lists.
func (a Assumptions) Update() Quantities {
	q := a.once(a.Road, bill.Changed, bill.Packaged, bill.Pushed)
	q.Add(a.Devices-1, a.another())
	q.Add(a.Devices, a.once(bill.Followed))
	q.Add(a.Devices*(1-a.Same), a.once(bill.Fetched))
	q.Add(a.Devices*a.Same, a.once(bill.FetchedSame))
	return q
}

// another is one more phone of the same fan-out. It makes the request longer, and most of that is waiting beside others.
func (a Assumptions) another() Quantities {
	q := a.once(bill.Another)
	seconds := (bill.Milliseconds["push"] + float64(bill.Another.Operations().Calls)*a.Wait/abreast) / 1000 / a.Together
	q.Add(1, Quantities{"cpu": seconds, "memory": seconds * a.GiB})
	return q
}

// Again is what follows from one update later: the sweep announces it again, in case its fan-out was lost, and removes the package
// that it took the place of.
func (a Assumptions) Again() Quantities {
	q := a.once(bill.Removed)
	again := a.once(bill.AnnouncedAgain, bill.PushedSame)
	again.Add(a.Devices-1, Quantities{"reads": 1})
	before := math.Inf(-1)
	for _, age := range announcedAgain {
		if a.Updates*age < hours { // it is still the newest, as a rule
			q.Add(min(1, (age-before)/a.walk()), again) // ages between two walks are one
		}
		before = age
	}
	return q
}

// walk is how many hours pass between two walks over a document.
func (a Assumptions) walk() float64 { return max(walkHours, a.Passes/perSweep*hours/sweeps) }

// Install is a pass that comes to a phone: the link, the registration, and the first list and fetch.
func (a Assumptions) Install() Quantities {
	return a.once(bill.Installed, bill.Registered, bill.Welcomed, bill.Listed, bill.Fetched, bill.Next)
}

// Sweep is what a month of calls by the scheduler costs, whatever happens.
func (a Assumptions) Sweep() Quantities {
	q := make(Quantities)
	q.Add(sweeps, a.once(bill.Swept))
	q.Add(60*hours, a.once(bill.Campaigned)) // every minute
	walked := a.Passes * hours / a.walk()
	listed := min(a.Passes*hours/24, perSweep*sweeps)
	perPass := float64((bill.Walked.Operations().Reads - bill.Swept.Operations().Reads) / 100) // what is left is of the walk as a whole
	q.Add(1, Quantities{"reads": walked * perPass, "writes": (walked + listed) / 1000, "class-a": listed / 1000})
	return q
}

// Looks is a month of looks at templates, whether they have changed: each minute by the campaigns, and at most once a minute by each
// function that renders, before it does. A function counts as one instance.
func (a Assumptions) Looks() Quantities {
	minutes := 60 * hours * a.Templates
	functions := 1.0 // regenerate
	if a.Road != bill.Written {
		functions++ // issue or ingest
	}
	looks := minutes + functions*min(minutes, a.Passes*a.Updates)
	return Quantities{"class-a": looks * float64(bill.Calls["Fresh"].Each.ObjectWrites)}
}

// Kept is what lies there for a month.
func (a Assumptions) Kept() Quantities {
	copies := 1 + a.Updates*superseded/hours
	return Quantities{"objects": a.Passes * copies * a.Kilobytes * 1000 / gib, "documents": a.Passes * stored / gib}
}

// A Part of a month's bill.
type Part struct {
	Name string
	Used Quantities
}

// Month is all of a month's bill but what is fixed: a balancer, a key.
func (a Assumptions) Month() []Part {
	times := func(n float64, q Quantities) Quantities {
		all := make(Quantities)
		all.Add(n, q)
		return all
	}
	return []Part{
		{"updates", times(a.Passes*a.Updates, a.Update())},
		{"updates, announced again and tidied up after", times(a.Passes*a.Updates, a.Again())},
		{"installs", times(a.Passes*a.Installs, a.Install())},
		{"the sweep, and the campaigns", a.Sweep()},
		{"looks at templates", a.Looks()},
		{"kept", a.Kept()},
	}
}
