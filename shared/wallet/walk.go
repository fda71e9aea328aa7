package wallet

import "time"

// A DocumentRevision is where a pass document stands, without what it says. A tombstone is a document like any other; one
// that was taken away altogether has none.
type DocumentRevision struct {
	ID       PassID
	Revision Revision
}

// The walks of the sweep.
const (
	WalkDocuments = "documents" // over all pass documents and their packages
	WalkObjects   = "objects"   // over all packages in the bucket
)

// A Walk is how far the sweep has come in one of its walks. It is kept between calls, so that each does a bounded part of
// the work and the next one goes on from there.
type Walk struct {
	Name     string    // [WalkDocuments] or [WalkObjects]
	After    string    // the store's own name of the last one looked at; empty between two walks
	Started  time.Time // when this walk began, or the last one where none is under way
	Previous time.Time // when the one before it began; zero when there was none

	Revision Revision // of the record as read; guards the next write
}

// Begin returns the record of a walk that begins now.
func (w Walk) Begin(now time.Time) Walk {
	w.After, w.Started, w.Previous = "", now, w.Started
	return w
}
