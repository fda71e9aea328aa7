// Package inmem is the cloud in memory: the store, the bucket and the bus of local mode and of tests. It keeps the same
// promises as package gcp, which the suite in cloudtest holds both to, and is stricter where a kinder double would hide a
// mistake. It refuses records that break the rules of package wallet, and remembers that somebody tried; it delivers
// messages twice and out of order; and it shares no memory with its callers.
package inmem

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A Store keeps pass documents, current packages and devices. One counter, which rises with every effective write,
// serves for all revisions: a read is newer than every write before it and older than every write after it.
type Store struct {
	now func() time.Time // nil for a counter that is no clock

	mu         sync.Mutex
	revision   wallet.Revision // of the last effective write, or the time of the last read where that is later
	documents  map[wallet.PassID]wallet.DocumentSnapshot
	packages   map[wallet.PassID]wallet.CurrentPackage
	devices    map[wallet.DeviceID]wallet.Device
	registered map[wallet.PassID]*registrations
	signUps    map[wallet.PassID]wallet.Personalization
	walks      map[string]wallet.Walk // by name
	campaigns  map[wallet.CampaignID]wallet.Campaign
	spoilt     map[wallet.PassID]bool // of the packages
	// The keys of documents and packages, in the order of the walks.
	documentOrder, packageOrder order[wallet.PassID]
	written                     []func(wallet.PassID)
	violations                  []error
}

// NewStore returns an empty store whose revisions count from 1 and tell no time.
func NewStore() *Store { return NewStoreAt(nil) }

// NewStoreAt returns an empty store whose revisions are times, as Firestore's are: they follow the clock, and rise by a
// microsecond where the clock stands still or goes back.
func NewStoreAt(now func() time.Time) *Store {
	return &Store{
		now:        now,
		revision:   1, // so that even the first read has a revision
		documents:  make(map[wallet.PassID]wallet.DocumentSnapshot),
		packages:   make(map[wallet.PassID]wallet.CurrentPackage),
		devices:    make(map[wallet.DeviceID]wallet.Device),
		registered: make(map[wallet.PassID]*registrations),
		signUps:    make(map[wallet.PassID]wallet.Personalization),
		walks:      make(map[string]wallet.Walk),
		campaigns:  make(map[wallet.CampaignID]wallet.Campaign),
		spoilt:     make(map[wallet.PassID]bool),

		documentOrder: order[wallet.PassID]{compare: byPassTypeAndSerial},
		packageOrder:  order[wallet.PassID]{compare: byPassTypeAndSerial},
	}
}

// OnDocumentWritten has f called after each write that changed a document, as Firestore's trigger would be: by the
// writer, when the write is durable, with no lock held.
func (s *Store) OnDocumentWritten(f func(wallet.PassID)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = append(s.written, f)
}

// Violations returns the records that were refused because no correct caller writes them, oldest first.
func (s *Store) Violations() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Document returns the document as it stands. When there is none, Revision is 0; ReadAt is always set.
func (s *Store) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	if err := ready(ctx, id); err != nil {
		return wallet.DocumentSnapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := s.documents[id]
	doc.ID, doc.ReadAt = id, s.readTime()
	doc.Fields = cloneFields(doc.Fields)
	return doc, nil
}

// SaveDocument replaces the whole document and returns its new revision, or its old one when nothing changed. It fails
// with [wallet.ErrConflict], changing nothing, when the stored document is not of doc.Revision any more; Revision 0
// stands for absence. A value that Firestore could not hold is [wallet.ErrInvalid].
func (s *Store) SaveDocument(ctx context.Context, doc wallet.DocumentSnapshot) (wallet.Revision, error) {
	if err := ready(ctx, doc.ID); err != nil {
		return 0, err
	}
	if err := storable(doc.Fields, "", 1); err != nil {
		return 0, fmt.Errorf("document %v: %w", doc.ID, err)
	}
	revision, changed, err := s.replaceDocument(doc)
	if err != nil || !changed {
		return revision, err
	}
	for _, f := range s.triggers() {
		f(doc.ID)
	}
	return revision, nil
}

func (s *Store) replaceDocument(doc wallet.DocumentSnapshot) (_ wallet.Revision, changed bool, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.documents[doc.ID]
	if err := guard(doc.ID, stored.Revision, doc.Revision); err != nil {
		return 0, false, err
	}
	doc.Fields = cloneFields(doc.Fields)
	if doc.Fields == nil {
		doc.Fields = map[string]any{}
	}
	if stored.Revision != 0 && stored.Equal(doc) {
		return stored.Revision, false, nil
	}
	if stored.Revision == 0 {
		s.documentOrder.add(doc.ID)
	}
	doc.Revision, doc.ReadAt = s.nextRevision(), 0
	s.documents[doc.ID] = doc
	return doc.Revision, true, nil
}

// DeleteDocument takes a document away, as a business app can with Firestore's own API, and fires the trigger.
func (s *Store) DeleteDocument(id wallet.PassID) {
	s.mu.Lock()
	_, there := s.documents[id]
	if there {
		delete(s.documents, id)
		s.documentOrder.remove(id)
		s.nextRevision()
	}
	s.mu.Unlock()
	if there {
		for _, f := range s.triggers() {
			f(id)
		}
	}
}

func (s *Store) triggers() []func(wallet.PassID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.written)
}

// CurrentPackage returns the pointer to the newest package, or one with only its ID when there is none. One
// that was spoilt is [wallet.ErrUnreadable].
func (s *Store) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	if err := ready(ctx, id); err != nil {
		return wallet.CurrentPackage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spoilt[id] {
		return wallet.CurrentPackage{}, fmt.Errorf("read package of %v: %w", id, wallet.ErrUnreadable)
	}
	pkg := clonePackage(s.packages[id])
	pkg.ID = id
	return pkg, nil
}

// SavePackage replaces the pointer under the rules of [Store.SaveDocument]. What [wallet.CurrentPackage.Follows] objects
// to is refused and remembered among the violations.
func (s *Store) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	if err := ready(ctx, pkg.ID); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replacePackage(pkg)
}

// replacePackage is SavePackage for a caller who holds the lock.
func (s *Store) replacePackage(pkg wallet.CurrentPackage) (wallet.Revision, error) {
	stored := s.packages[pkg.ID]
	if err := guard(pkg.ID, stored.Revision, pkg.Revision); err != nil {
		return 0, err
	}
	if err := pkg.Follows(stored); err != nil {
		return 0, s.violation(err)
	}
	pkg = clonePackage(pkg)
	if stored.Revision != 0 && reflect.DeepEqual(stored, pkg) {
		return stored.Revision, nil
	}
	if stored.Revision == 0 {
		s.packageOrder.add(pkg.ID)
	}
	pkg.Revision = s.nextRevision()
	s.packages[pkg.ID] = pkg
	return pkg.Revision, nil
}

// Device returns the record of a device. When there is none, Revision is 0; ReadAt is always set.
func (s *Store) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	if err := ready(ctx, id); err != nil {
		return wallet.Device{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.readDevice(id), nil
}

// SaveDevice replaces the record under the rules of [Store.SaveDocument]. A record without passes is deleted, and its
// revision is 0; deleting one that is not there changes nothing. A sequence that goes back within one epoch is refused
// and remembered among the violations.
func (s *Store) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	if err := ready(ctx, d.ID); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.devices[d.ID]
	if err := guard(d.ID, stored.Revision, d.Revision); err != nil {
		return 0, err
	}
	if err := deviceFollows(d, stored); err != nil {
		return 0, s.violation(err)
	}
	if len(d.Passes) == 0 {
		s.reindex(stored, d)
		delete(s.devices, d.ID)
		return 0, nil
	}
	d = cloneDevice(d)
	d.ReadAt = 0
	if stored.Revision != 0 && d.Sequence == stored.Sequence && reflect.DeepEqual(stored, d) {
		return stored.Revision, nil
	}
	d.Revision = s.nextRevision()
	s.reindex(stored, d)
	s.devices[d.ID] = d
	return d.Revision, nil
}

// readDevice copies a record out. The caller holds the lock.
func (s *Store) readDevice(id wallet.DeviceID) wallet.Device {
	d := s.devices[id].Clone()
	d.ID, d.ReadAt = id, s.readTime()
	return d
}

// readTime is the revision of a read that happens now. The caller holds the lock.
func (s *Store) readTime() wallet.Revision {
	if s.now != nil {
		s.revision = max(s.revision, wallet.Revision(s.now().UnixMicro()))
	}
	return s.revision
}

// nextRevision is the revision of a write that happens now: later than every read and write before it. The caller holds
// the lock.
func (s *Store) nextRevision() wallet.Revision {
	before := s.revision
	s.revision = max(s.readTime(), before+1)
	return s.revision
}

// violation remembers err and returns it. The caller holds the lock.
func (s *Store) violation(err error) error {
	s.violations = append(s.violations, err)
	return err
}
