package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/tools/bench/ratio"
	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/wallet"
)

// BenchmarkGrowth plays the same update among ever more passes, each on one phone: from the business's write to the list in which the
// phone shows that it has seen it. Beside each, in turns, it plays it among a thousand. It reports, beside what [ratio.Of] does,
//
//	B/pass  what the store in memory holds of a pass: its document, its package's record, its device's
//
// and fails where an update costs another operation than it does for one pass alone. A million passes take 3 GB and two minutes:
//
//	go test -run '^$' -bench BenchmarkGrowth/.*passes -benchtime 20x ./functions/local
func BenchmarkGrowth(b *testing.B) {
	first := newPopulation(b, newMetered(b), 1000)
	for _, passes := range []int{1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(passes, "_passes"), func(b *testing.B) {
			before := heap()
			p := newPopulation(b, newMetered(b), passes)
			held := float64(heap()-before) / float64(passes)
			ratio.Of(b, 1, first.update, p.update)
			b.ReportMetric(held, "B/pass")
			p.compare()
		})
	}
}

// BenchmarkGrowthOnFirestore is BenchmarkGrowth with the store on Firestore's emulator, as far as that goes. Its queries look at every
// document of a collection, which Firestore's do not.
func BenchmarkGrowthOnFirestore(b *testing.B) {
	first := newPopulation(b, onFirestore(b), 1000)
	for _, passes := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(passes, "_passes"), func(b *testing.B) {
			p := newPopulation(b, onFirestore(b), passes)
			ratio.Of(b, 1, first.update, p.update)
			p.compare()
		})
	}
}

// onFirestore is a metered cloud over a database of its own.
func onFirestore(b *testing.B) *metered {
	b.Helper()
	b.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(b))
	c := &metered{tb: b, now: noon}
	records, err := store.Open(b.Context(), "growth-"+strings.ToLower(rand.Text()), "(default)")
	c.check(err)
	b.Cleanup(func() { c.check(records.Close()) })
	c.open(records)
	return c
}

// heap is how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A population is passes that are on one phone each.
type population struct {
	*metered
	passes, updates int
}

func newPopulation(b *testing.B, c *metered, passes int) *population {
	b.Helper()
	p := &population{metered: c, passes: passes}
	var group errgroup.Group
	group.SetLimit(16)
	for n := range passes {
		group.Go(func() error { return p.add(n) })
	}
	c.check(group.Wait())
	p.compare() // makes and pushes the first update of all
	return p
}

func (p *population) pass(n int) wallet.PassID { return id(fmt.Sprintf("card-%07d", n)) }

func (p *population) phone(n int) wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(fmt.Sprintf("%032x", n))}
}

func fields(n, points int) map[string]any {
	return map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": fmt.Sprint(n), "fullName": "Ada Example",
		"qrCodeLink": fmt.Sprintf("https://example.com/c/%d", n), "points": int64(points),
	}}
}

// add stores a pass that was packaged, and its phone, which has seen it.
func (p *population) add(n int) error {
	ctx, pass := p.tb.Context(), p.pass(n)
	revision, err := p.store.SaveDocument(ctx, wallet.DocumentSnapshot{ID: pass, Fields: fields(n, 0)})
	if err != nil {
		return err
	}
	pkg := wallet.CurrentPackage{ID: pass, SourceRevision: revision, TokenKeyVersion: 1, Style: "storeCard"}.Next(p.now)
	pkg.ContentHash = strings.Repeat("0", 64)
	pkg.Object = pkg.ObjectName(pkg.Version, pkg.ContentHash[:32])
	pkg.Record(wallet.Event{Time: p.now, Kind: "packaged", Version: pkg.Version})
	if _, err := p.store.SavePackage(ctx, pkg); err != nil {
		return err
	}
	phone := wallet.Device{ID: p.phone(n)}
	phone.Register(pass.SerialNumber, wallet.NewPushToken(fmt.Sprintf("%064x", n)), p.now)
	phone.Present(phone.Tag())
	_, err = p.store.SaveDevice(ctx, phone)
	return err
}

// update changes one pass and lets its phone follow. The passes take turns, in no order.
func (p *population) update() {
	n := p.updates * 7919 % p.passes
	p.updates++
	ctx, pass := p.tb.Context(), p.pass(n)
	doc, err := p.store.Document(ctx, pass)
	p.check(err)
	doc.Fields = fields(n, p.updates)
	_, err = p.server.backend.store.SaveDocument(ctx, doc)
	p.check(err)
	p.settle()

	list := registrationsOf(string(p.phone(n).DeviceLibraryIdentifier))
	before, err := p.store.Device(ctx, p.phone(n))
	p.check(err)
	p.request(http.StatusOK, http.MethodGet, list+"?passesUpdatedSince="+wallet.UpdateTag{Epoch: before.Epoch, Sequence: before.Presented}.String(), "")
	token, err := p.server.backend.keys.AuthenticationToken(1, pass)
	p.check(err)
	p.request(http.StatusOK, http.MethodGet, "/v1/passes/"+pass.String(), "", "Authorization", "ApplePass "+token.Reveal())
	p.request(http.StatusNoContent, http.MethodGet, list+"?passesUpdatedSince="+before.Tag().String(), "")

	pkg, err := p.store.CurrentPackage(ctx, pass)
	p.check(err)
	p.check(p.server.backend.bucket.Remove(ctx, pkg.Object)) // so that the packages of many updates take no memory
}

// compare holds an update to what it costs where there is one pass.
func (p *population) compare() {
	p.tb.Helper()
	p.take()
	p.update()
	want := bill.Sum(bill.Written, bill.Changed, bill.Packaged, bill.Pushed, bill.Listed, bill.Fetched, bill.Next)
	if got := p.take().Plus(bill.Operations{Calls: -2}); got != want { // it waits for the business's write and for the removal, too
		p.tb.Errorf("among %d passes an update costs %+v, want %+v", p.passes, got, want)
	}
}
