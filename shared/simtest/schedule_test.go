package simtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// An outcome is what became of a schedule.
type outcome struct {
	steps      int
	violations []string
	trace      []string
}

// run plays one schedule inside a bubble. Everything about it follows from the config, which follows from the seed.
func run(f *fixture, c config, counts *counts, traced bool) outcome {
	w := newWorld(f, c, counts)
	w.traced = traced
	w.say("sweep: %t, %d cards, %d phones, start %d, %d faults of %v", c.sweep, c.cards, c.phones, c.start, c.budget, c.faults)
	w.begin()
	w.faultsLeft = c.budget
	for w.step < c.steps && len(w.model.violations) == 0 {
		if !w.move(false) { // all is quiet: somebody has to do something
			w.trade(w.anySerial())
		}
	}
	if len(w.model.violations) == 0 {
		w.end()
	}
	w.model.check()
	w.abandon()
	return outcome{w.step, w.model.violations, w.trace}
}

// begin makes what the world begins with.
func (w *world) begin() {
	for i := range w.config.phones {
		w.phones = append(w.phones, newPhone(w, i+1))
	}
	w.points = 1
	for _, serial := range serials[:w.config.cards] {
		w.write(serial, content{points: 1})
		if w.config.start == empty {
			continue
		}
		w.packaged(serial)
		for _, p := range w.phones {
			p.install(serial)
			p.settled(serial)
		}
	}
}

// packaged gives a card its first package, as if its message had had its effect.
func (w *world) packaged(serial string) {
	w.bus.messages = nil
	first := w.first[serial]
	record := first.record
	record.SourceRevision = w.document(serial).Revision
	if w.config.start == previous { // it did not keep the style
		record.Style = ""
	}
	ctx := context.Background()
	if err := w.bucket.Create(ctx, record.Object, first.data); err != nil {
		panic(err)
	}
	if _, err := w.store.SavePackage(ctx, record); err != nil {
		panic(err)
	}
	w.model.addVersion(serial, record, content{points: 1}, first.data)
}

// settled makes a card of a phone registered and up to date.
func (p *phone) settled(serial string) {
	w := p.world
	before := w.device(p.id())
	d := before.Clone()
	d.Register(serial, wallet.NewPushToken(p.token), w.now)
	d.PushTaken(d.PushToken, d.Tag(), w.now)
	d.Present(d.Tag())
	if w.config.start == previous { // it knew nothing of when a push is due
		d.PushDue, d.PushCount = time.Time{}, 0
	}
	if _, err := w.store.SaveDevice(context.Background(), d); err != nil {
		panic(err)
	}
	w.model.deviceSaved(before, d)
	p.tag = d.Tag().String()
	p.card(serial).mustPost = false
}

// rounds are how the clock moves in the quiet time, again and again: past the sweep's grace, past the first gap between two
// pushes, past the time between two walks, past the longest gap.
var rounds = []time.Duration{6 * time.Minute, 66 * time.Minute, 6*time.Hour + 10*time.Minute, 24*time.Hour + 10*time.Minute}

// end lets the faults stop and the phones wake, and holds the world to everything it owes.
func (w *world) end() {
	w.settle() // whoever was let through last is still under way
	w.say("quiet")
	w.faultsLeft = 0
	for i := range w.workers {
		w.workers[i].set(w.now, 0)
	}
	w.rest()
	for _, p := range w.phones {
		p.wake()
		p.repair()
	}
	w.rest()
	owed := w.owed()
	for i := 0; w.config.sweep && len(owed) > 0 && i < 4*len(rounds) && len(w.model.violations) == 0; i++ {
		w.pass(rounds[i%len(rounds)])
		w.say("%v pass", rounds[i%len(rounds)])
		w.callSweep()
		w.rest()
		owed = w.owed()
	}
	for _, what := range owed {
		w.model.violate("%s", what)
	}
	if len(owed) == 0 {
		w.announceAll()
	}
}

// restless is more steps than anything takes that ends.
const restless = 5000

// rest goes on until nothing moves any more.
func (w *world) rest() {
	for range restless {
		if !w.move(true) || len(w.model.violations) > 0 {
			return
		}
	}
	w.model.violate("it never comes to rest: %d tasks, %d messages", len(w.tasks), len(w.bus.messages))
}

// repair makes a phone register again whose token APNs has called bad since it last registered any of its cards: each
// confirms the token for all.
func (p *phone) repair() {
	for _, c := range p.cards {
		c.mustPost = c.mustPost || c.updates && p.refused > p.sure
	}
}

// owed is everything that is not as it should be in the end.
func (w *world) owed() []string {
	var owed []string
	report := func(format string, args ...any) { owed = append(owed, fmt.Sprintf(format, args...)) }
	for _, serial := range serials[:w.config.cards] {
		w.owedTo(serial, report)
	}
	for _, p := range w.phones {
		w.owedToPhone(p, report)
	}
	for _, d := range w.records() {
		if w.config.sweep && !w.ghost(d) && (d.NeedsPush(w.now) || !d.PushDue.IsZero()) {
			report("%s is owed a push for ever: due %v", string(d.ID.DeviceLibraryIdentifier), d.PushDue)
		}
	}
	return owed
}

// owedTo compares a package with its document.
func (w *world) owedTo(serial string, report func(string, ...any)) {
	doc, _ := w.model.newest(serial)
	pkg := w.currentPackage(serial)
	versions := w.model.versions[serial]
	switch {
	case pkg.Version == 0 && w.document(serial).Revision == 0: // it was taken away before anybody held it
	case pkg.SourceRevision < doc.revision: // a tombstone's is packaged, too
		report("the package of %s is behind its document", serial)
	case doc.gone && pkg.Version == 0:
	case doc.gone:
		if !versions[len(versions)-1].content.voided {
			report("the document of %s is gone, and its package is not voided", serial)
		}
	case doc.sound && versions[len(versions)-1].content != doc.content:
		report("the package of %s shows %v, its document has %v", serial, versions[len(versions)-1].content, doc.content)
	case doc.sound == (pkg.Problem != nil):
		report("the document of %s can be packaged: %t, and its record says: %v", serial, doc.sound, pkg.Problem)
	}
}

// owedToPhone compares what a phone shows with the packages, and what it registered with the records.
func (w *world) owedToPhone(p *phone, report func(string, ...any)) {
	record := w.device(p.id())
	for _, c := range p.cards {
		_, registered := record.Passes[c.serial]
		switch {
		case registered != c.updates:
			report("%s wants updates of %s: %t, and is registered: %t", p.name, c.serial, c.updates, registered)
		case !c.updates:
		case record.PushToken != wallet.NewPushToken(p.token):
			report("%s has the token %s, and is registered with %s", p.name, p.token, record.PushToken.Reveal())
		case c.shows.number != w.currentPackage(c.serial).Version:
			report("%s shows version %d of %s, and %d is current", p.name, c.shows.number, c.serial, w.currentPackage(c.serial).Version)
		}
	}
}

// untold reports that a record has not been told of the current package of each of its passes. Nobody waits for a ghost's; and
// a phone that came to fetch an earlier one may show it already, where its announcement was lost.
func (w *world) untold(d wallet.Device) bool {
	return slices.ContainsFunc(serials[:w.config.cards], func(serial string) bool {
		pass, registered := d.Passes[serial]
		return registered && w.currentPackage(serial).CommittedAt() > pass.Since
	})
}

// announceAll announces everything once more, which must cost nothing: no object, and so no signature, and no push where
// none was due anyway.
func (w *world) announceAll() {
	w.say("everything is announced again")
	objects, pushes := w.model.objectsCreated, w.model.pushesSent
	due := slices.ContainsFunc(w.records(), func(d wallet.Device) bool {
		return d.NeedsPush(w.now.Add(jump)) || w.untold(d)
	})
	for _, serial := range serials[:w.config.cards] {
		w.bus.accept(topicDocuments, serial, passID(serial))
		w.bus.accept(wallet.TopicPassPackaged, serial, wallet.PassPackaged{PassID: passID(serial)})
	}
	w.rest()
	if w.model.objectsCreated > objects {
		w.model.violate("unchanged passes made %d objects", w.model.objectsCreated-objects)
	}
	if w.model.pushesSent > pushes && !due {
		w.model.violate("unchanged passes made %d pushes", w.model.pushesSent-pushes)
	}
}
