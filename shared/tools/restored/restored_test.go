package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// The phone holds e.8, the record is back at e.5, and three changes bring it to e.8 again: who asks is told of nothing. (P-55)
func TestPromise1_APhoneFollowsARecordThatWentBack(t *testing.T) {
	const never = -1
	for _, after := range []int{never, 0, 1, 2, 3} {
		t.Run(fmt.Sprintf("run after %d changes", after), func(t *testing.T) {
			w := newWorld(t)
			w.write("a", 1)
			w.add("a")
			for points := 2; points <= 5; points++ {
				w.write("a", points)
			}
			w.ask()
			then := w.moment("a")
			for points := 6; points <= 8; points++ {
				w.write("a", points)
			}
			w.ask()
			if before, now := then.device.Tag(), w.device().Tag(); before.Sequence != 5 || now.Sequence != 8 || before.Epoch != now.Epoch {
				t.Fatalf("from %v to %v", before, now)
			}
			w.restore(then)
			for n := range 4 {
				if n == after {
					check(t, w.restoration("R").run(t.Context()))
				}
				if n < 3 {
					w.write("a", 101+n)
				}
			}
			w.settle()
			w.ask()
			if after == never {
				w.shows("a", 8) // and so it would stay
				return
			}
			w.shows("a", 103)
			if d := w.device(); d.Behind() {
				t.Errorf("delivered, and not recorded: %+v", d)
			}
		})
	}
}

// Where nothing changes, a phone that has seen more is brought back to what the database says, by one push of the sweep. What it
// holds is later than what is served, so it would be told that it has the newest.
func TestAPhoneIsBroughtBackToWhatTheDatabaseSays(t *testing.T) {
	w := newWorld(t)
	w.write("a", 1)
	w.add("a")
	then := w.moment("a")
	w.write("a", 2)
	w.write("a", 3)
	w.ask()
	w.shows("a", 3)
	held := w.pkg("a")
	w.restore(then)
	check(t, w.restoration("R").run(t.Context()))
	if p := w.pkg("a"); p.Version <= held.Version || !p.LastModified.After(held.LastModified) || p.Object != then.packages[0].Object {
		t.Errorf("served: %+v, after %+v", p, held)
	}
	w.pushes, w.waiting = 0, nil // what was announced is lost
	w.now = w.now.Add(6 * time.Minute)
	w.sweep()
	if w.pushes != 1 {
		t.Errorf("%d pushes", w.pushes)
	}
	w.ask()
	w.shows("a", 1)
	w.now = w.now.Add(time.Hour)
	w.sweep()
	if w.pushes != 1 {
		t.Errorf("%d pushes, though the phone has shown that it knows", w.pushes)
	}
}

// The sweep has removed what the restored record points to. Its content is what the document says: nobody would make it again.
func TestAPackageThatIsGoneIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	w.write("a", 1)
	w.add("a")
	then := w.moment("a")
	w.write("a", 2)
	w.ask()
	held := w.pkg("a")
	w.now = w.now.Add(25 * time.Hour)
	w.sweep()
	w.restore(then)
	check(t, w.PassChanged(t.Context(), wallet.PassChanged{PassID: card("a")}))
	w.settle()
	if answer := w.get("a"); answer.Code != http.StatusInternalServerError {
		t.Fatalf("without the tool: %d", answer.Code)
	}

	r := w.restoration("R")
	check(t, r.run(t.Context()))
	if r.packages != 1 || r.phones != 1 {
		t.Errorf("%v", r)
	}
	if answer := w.get("a"); answer.Code != http.StatusOK { // what phones have, meanwhile
		t.Errorf("meanwhile: %d", answer.Code)
	}
	w.settle()
	p, answer := w.pkg("a"), w.get("a")
	if p.Version <= held.Version || !p.LastModified.After(held.LastModified) || p.ContentHash != then.packages[0].ContentHash || p.Object == held.Object {
		t.Errorf("made anew: %+v, after %+v", p, held)
	}
	if answer.Code != http.StatusOK || answer.Header().Get("Last-Modified") != p.LastModified.Format(http.TimeFormat) {
		t.Errorf("served: %d %v", answer.Code, answer.Header())
	}
	w.ask()
	w.shows("a", 1)

	again := w.restoration("S")
	check(t, again.run(t.Context()))
	w.settle()
	if now := w.pkg("a"); again.packages != 0 || now.Version != p.Version {
		t.Errorf("run again: %v, %+v", again, now)
	}
}

// A phone that is told of its renewed record while another pass of it has not been looked at yet is told of that one, too.
func TestAPassThatIsLookedAtLaterIsToldOfLater(t *testing.T) {
	w := newWorld(t)
	w.write("a", 1)
	w.write("b", 1)
	w.add("a")
	w.add("b")
	then := w.moment("a", "b")
	w.write("b", 2)
	w.ask()
	w.restore(then)
	r := w.restoration("R")
	_, _, err := r.pass(t.Context(), w.pkg("a"), nil)
	check(t, err)
	w.ask()
	w.shows("b", 2)
	_, phones, err := r.pass(t.Context(), w.pkg("b"), nil)
	check(t, err)
	w.settle()
	w.ask()
	w.shows("b", 1)
	if phones != 0 {
		t.Error("the phone began a third life")
	}
}

// Killed before or after any of its calls, and run again, it has done the same.
func TestKilledHalfWayAndRunAgain(t *testing.T) {
	for n := 0; ; n++ {
		w := newWorld(t)
		for _, serial := range []string{"a", "b"} {
			w.write(serial, 1)
			w.add(serial)
		}
		then := w.moment("a", "b")
		w.write("a", 2)
		w.write("b", 2)
		w.ask()
		check(t, w.bucket.Remove(t.Context(), then.packages[0].Object))
		w.restore(then)
		ctx, kill := context.WithCancel(t.Context())
		m := &mortal{Store: w.store, Events: w, left: n/2 + 1, after: n%2 == 1, kill: kill}
		r := w.restoration("R")
		r.Store, r.Events = m, m
		err := r.run(ctx)
		if survived := m.left > 0; (err == nil) != survived {
			t.Fatalf("killed at call %d: %v", n/2+1, err)
		} else if survived {
			if n < 16 {
				t.Errorf("only %d calls", n/2)
			}
			return
		}
		w.settle()
		w.ask()
		check(t, w.restoration("S").run(t.Context()))
		w.settle()
		w.ask()
		w.shows("a", 1)
		w.shows("b", 1)
		w.write("a", 3)
		w.ask()
		w.shows("a", 3)
	}
}

// A mortal makes some calls, and is killed before or after the last one.
type mortal struct {
	Store
	Events
	mu    sync.Mutex
	left  int
	after bool
	kill  func()
}

func (m *mortal) call(ctx context.Context, apply func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left--
	if m.left == 0 && !m.after {
		m.kill()
	}
	err := ctx.Err()
	if err == nil {
		err = apply()
	}
	if m.left == 0 && m.after {
		m.kill()
		err = ctx.Err()
	}
	return err
}

func (m *mortal) Document(ctx context.Context, id wallet.PassID) (doc wallet.DocumentSnapshot, err error) {
	err = m.call(ctx, func() error { doc, err = m.Store.Document(ctx, id); return err })
	return doc, err
}

func (m *mortal) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (revision wallet.Revision, err error) {
	err = m.call(ctx, func() error { revision, err = m.Store.SavePackage(ctx, pkg); return err })
	return revision, err
}

func (m *mortal) SaveDevice(ctx context.Context, d wallet.Device) (revision wallet.Revision, err error) {
	err = m.call(ctx, func() error { revision, err = m.Store.SaveDevice(ctx, d); return err })
	return revision, err
}

func (m *mortal) PassChanged(ctx context.Context, e wallet.PassChanged) error {
	return m.call(ctx, func() error { return m.Events.PassChanged(ctx, e) })
}

func (m *mortal) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	if err := m.call(ctx, func() error { return nil }); err != nil {
		return func(yield func(wallet.Device, error) bool) { yield(wallet.Device{}, err) }
	}
	return m.Store.RegisteredDevices(ctx, id, shard)
}

// Somebody who moves a record at the same time is not overwritten, and what they leave is looked at.
func TestAPackageThatMovesMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.write("a", 1)
	w.add("a")
	then := w.moment("a")
	w.write("a", 2)
	w.ask()
	w.restore(then)
	r := w.restoration("R")
	r.Store = &overtaken{Store: w.store, overtake: func() { w.write("a", 3) }}
	check(t, r.run(t.Context()))
	w.settle()
	w.ask()
	w.shows("a", 3)
}

// Overtaken is a store in which somebody else is faster, once.
type overtaken struct {
	Store
	overtake func()
}

func (o *overtaken) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	if o.overtake != nil {
		o.overtake()
		o.overtake = nil
	}
	return o.Store.SavePackage(ctx, pkg)
}

// One bad record stops no other: it is named, and what can be done is done.
func TestAnUnreadableRecordStopsNoOther(t *testing.T) {
	w := newWorld(t)
	w.write("a", 1)
	w.add("a")
	var named bytes.Buffer
	r := w.restoration("R")
	r.Store, r.Errors = spoiled{w.store}, &named
	if err := r.run(t.Context()); err == nil || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("ended with %v", err)
	}
	if d := w.device(); !strings.HasPrefix(d.Epoch, "R") {
		t.Errorf("not renewed: %+v", d)
	}
	for _, name := range []string{"package of " + card("a").String(), "devices of " + card("a").String(), "phone-x"} {
		if !strings.Contains(named.String(), name) {
			t.Errorf("%q does not name %q", &named, name)
		}
	}
}

// Spoiled is a store in which the record of each package, and one of a device, cannot be read.
type spoiled struct{ Store }

func (s spoiled) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		for pkg := range s.Store.CurrentPackages(ctx, after, until) {
			yield(wallet.CurrentPackage{ID: pkg.ID}, fmt.Errorf("%w: version: text", wallet.ErrInvalid))
		}
	}
}

func (s spoiled) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		if yield(wallet.Device{}, fmt.Errorf("%w: device phone-x: epoch: number", wallet.ErrInvalid)) {
			s.Store.RegisteredDevices(ctx, id, shard)(yield)
		}
	}
}

// What fails for everybody is not tried for everybody.
func TestItGivesUp(t *testing.T) {
	w := newWorld(t)
	for n := range 3 * patience {
		_, err := w.store.SavePackage(t.Context(), wallet.CurrentPackage{ID: card(fmt.Sprint(n))})
		check(t, err)
	}
	r := w.restoration("R")
	r.Bucket = closed{}
	if err := r.run(t.Context()); err == nil || r.failed > patience+inFlight+1 {
		t.Errorf("%d failures, and %v", r.failed, err)
	}
}

type closed struct{}

func (closed) List(context.Context, string, string, int) ([]string, error) {
	return nil, errors.New("403 Forbidden")
}
