package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// most is how many devices one message serves, and inFlight how many are served at the same time.
const (
	most     = 10_000
	inFlight = 1_000
)

// registerMany registers devices whose tokens are their names, as iPhones choose them, and makes a package that is news to them.
func (f *fanOut) registerMany(n int) {
	for i := range n {
		f.register(hexName(i), hexName(i))
	}
	pkg, err := f.Store.CurrentPackage(f.t.Context(), card)
	f.check(err)
	_, err = f.SavePackage(f.t.Context(), pkg.Next(noon))
	f.check(err)
}

// take returns the messages that were announced since the last take.
func (f *fanOut) take() (messages []string) {
	for _, event := range f.announced {
		text, err := json.Marshal(event)
		f.check(err)
		messages = append(messages, string(text))
	}
	f.announced = nil
	return messages
}

// spread delivers a message and all that follow from it, until none is left; what fails comes again. It returns how many
// deliveries that took, and how often each token was pushed to.
func (f *fanOut) spread(messages ...string) (deliveries int, pushes map[string]int) {
	pushes = make(map[string]int)
	for ; len(messages) > 0; deliveries++ {
		f.pushed, f.read = nil, 0
		if err := f.handle(f.t.Context(), []byte(messages[0])); err != nil {
			messages = append(messages, messages[0])
		}
		if len(f.pushed) > most || f.read > most {
			f.t.Errorf("%s: %d devices read and %d pushes at once", messages[0], f.read, len(f.pushed))
		}
		for _, token := range f.pushed {
			pushes[token]++
		}
		messages = append(messages[1:], f.take()...)
	}
	return deliveries, pushes
}

// exactlyOnce wants each device pushed to once, and settled.
func (f *fanOut) exactlyOnce(devices int, pushes map[string]int) {
	f.t.Helper()
	if len(pushes) != devices {
		f.t.Errorf("%d devices were pushed to, want %d", len(pushes), devices)
	}
	for token, n := range pushes {
		if d := f.record(token); n != 1 || d.Pushed != d.Sequence || d.Passes["card-1"].Version != 2 {
			f.t.Fatalf("%s was pushed to %d times, and stands at %+v", token, n, d)
		}
	}
}

// As many devices as a pass can have, each told once by some message.
func TestPromise1_ManyDevicesAreToldInShards(t *testing.T) {
	const devices = 100_000
	f := newFanOut(t)
	f.registerMany(devices)
	deliveries, pushes := f.spread(message)
	f.exactlyOnce(devices, pushes)
	if deliveries > 60 { // 16 shards, and the cuts between them
		t.Errorf("%d deliveries", deliveries)
	}
}

// A worker that dies in the middle of a shard leaves it to the next one. Who was settled by then is not pushed to again, and no
// other shard comes again with it.
func TestPromise1_AShardWhoseWorkerDiesIsServedByTheNext(t *testing.T) {
	const devices = 25_000
	f := newFanOut(t)
	f.registerMany(devices)
	_, err := f.deliver(message)
	f.check(err)
	if len(f.pushed) > 0 || len(f.announced) != 2 {
		t.Fatalf("%d pushes and %d announcements of who cuts", len(f.pushed), len(f.announced))
	}
	pushes := make(map[string]int)
	kills := 0
	for messages := f.take(); len(messages) > 0; messages = append(messages[1:], f.take()...) {
		ctx, die := context.WithCancel(t.Context())
		f.asked = func(wallet.DeviceID) {
			if len(f.pushed) == 4_000 {
				die()
			}
		}
		f.pushed = nil
		err := f.handle(ctx, []byte(messages[0]))
		killed := ctx.Err() != nil
		die()
		if killed {
			kills++
			if len(f.pushed) > 4_000+inFlight || err == nil || len(f.announced) > 0 {
				t.Errorf("killed after %d pushes: %v, announced %v", len(f.pushed), err, f.announced)
			}
			messages = append(messages, messages[0])
		}
		for _, token := range f.pushed {
			pushes[token]++
		}
	}
	twice := 0
	for token, n := range pushes {
		if n > 1 {
			twice++
		}
		if d := f.record(token); d.Pushed != d.Sequence {
			t.Fatalf("%+v", d)
		}
	}
	if kills < 3 || len(pushes) != devices || twice > kills*inFlight {
		t.Errorf("%d devices were pushed to, %d of them twice, by %d kills", len(pushes), twice, kills)
	}
	f.asked = nil
	if _, pushes := f.spread(message); len(pushes) > 0 {
		t.Errorf("%d devices were pushed to when all of it came twice", len(pushes))
	}
}

// Where cutting fails, the message comes again, and nobody is told twice.
func TestCuttingFails(t *testing.T) {
	f := newFanOut(t)
	f.registerMany(most + 1)
	for _, call := range []string{"count", "announce 0", "announce 1"} {
		f.fails = func(c string) error {
			if c == call {
				return errDown
			}
			return nil
		}
		if _, err := f.deliver(message); !errors.Is(err, errDown) || len(f.pushed) > 0 {
			t.Errorf("%s fails: %v, %d pushes", call, err, len(f.pushed))
		}
		f.announced = nil
	}
	f.fails = none
	_, pushes := f.spread(message)
	f.exactlyOnce(most+1, pushes)
}

// What cannot be cut is served in one, a part after the other; and what need not be is not.
func TestServedUncut(t *testing.T) {
	f := newFanOut(t)
	for i := range most + 100 {
		name := fmt.Sprintf("a-%08d", i)
		f.register(name, name)
	}
	readBefore := 0 // the first push
	f.asked = func(wallet.DeviceID) { readBefore, f.asked = f.read, nil }
	pushed, err := f.deliver(strings.Replace(message, "}", `,"after":"a","until":"a0"}`, 1))
	if err != nil || len(f.announced) > 0 || strings.Count(pushed, " ") != most+99 || readBefore != most {
		t.Errorf("%v, %d pushes, the first after %d devices were read, announced %v", err, len(f.pushed), readBefore, f.announced)
	}

	f = newFanOut(t)
	f.registerMany(most)
	if _, err := f.deliver(message); err != nil || len(f.announced) > 0 || len(f.pushed) != most {
		t.Errorf("%v, %d pushes, announced %v", err, len(f.pushed), f.announced)
	}
}

// A few devices of many that fail are announced by themselves; where that saves nothing, or the trouble is everybody's, the
// whole message comes again.
func TestWhoIsLeft(t *testing.T) {
	later := apns.Answer{Status: 429, Reason: "TooManyRequests", Verdict: apns.Later}
	for name, c := range map[string]struct {
		devices, failing int
		fails            string
		again            bool
	}{
		"one of ten":                            {10, 1, "", false},
		"one of nine":                           {9, 1, "", true},
		"a hundred of many":                     {1_500, 100, "", false},
		"more than a hundred of many":           {1_500, 101, "", true},
		"some of many, and publishing fails":    {1_500, 3, "announce", true},
		"some of many, and the list breaks off": {1_500, 3, "list " + hexName(1_400), true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFanOut(t)
			f.registerMany(c.devices)
			for i := range c.failing { // spread among the others: what ends in a row is another matter
				f.answers[hexName(i*(c.devices/c.failing))] = later
			}
			f.fails = func(call string) error {
				if c.fails != "" && strings.HasPrefix(call, c.fails) {
					return errDown
				}
				return nil
			}
			_, err := f.deliver(message)
			if (err != nil) != c.again || c.again && len(f.announced) > 0 || !c.again && len(f.announced) != c.failing {
				t.Fatalf("%v, %d announced", err, len(f.announced))
			}
			for _, event := range f.announced {
				if event.PassID != card || event.Version != 2 || f.answers[string(event.DeviceLibraryIdentifier)] != later {
					t.Errorf("announced %+v", event)
				}
			}
			f.fails = none
			clear(f.answers)
			messages := f.take()
			if c.again {
				messages = []string{message}
			}
			if _, pushes := f.spread(messages...); len(pushes) != c.failing && c.fails == "" {
				t.Errorf("then %d were pushed to, want the %d that were left", len(pushes), c.failing)
			}
			for i := range c.devices {
				if d := f.record(hexName(i)); d.Pushed != d.Sequence {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

// Two devices of one token earn one push, also where it is repeated: so they stay together. P-43
func TestWhoIsLeftWithOneToken(t *testing.T) {
	f := newFanOut(t)
	f.registerMany(100)
	f.register("phone-1", "shared")
	f.register("phone-2", "shared")
	f.answers["shared"] = apns.Answer{Verdict: apns.Later}
	if _, err := f.deliver(message); err == nil || len(f.announced) > 0 {
		t.Errorf("%v, announced %v", err, f.announced)
	}
	clear(f.answers)
	if pushed, err := f.deliver(message); err != nil || pushed != "shared" {
		t.Errorf("%v, pushed to %q", err, pushed)
	}
}

// Where APNs takes no push at all, it is not asked for each device; where it takes some, it is.
func TestAPNsIsDown(t *testing.T) {
	const devices = 4_000
	for name, c := range map[string]struct {
		fails       func(i int) bool
		least, most int
	}{
		"all fail":               {func(int) bool { return true }, 100, 100 + inFlight},
		"every second one fails": {func(i int) bool { return i%2 != 0 }, devices, devices},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFanOut(t)
			asked := 0
			f.registerMany(devices)
			f.answer = func(string) apns.Answer {
				if asked++; c.fails(asked) {
					return apns.Answer{Verdict: apns.Later, Err: errDown}
				}
				return taken
			}
			_, err := f.deliver(message)
			if n := len(f.pushed); err == nil || len(f.announced) > 0 || n < c.least || n > c.most {
				t.Errorf("%v, %d pushes, %d announced", err, n, len(f.announced))
			}
			f.answer = nil
			if _, err := f.deliver(message); err != nil {
				t.Error(err)
			}
			for i := range devices { // and the change was listed all the while
				if d := f.record(hexName(i)); d.Pushed != d.Sequence || d.Passes["card-1"].Version != 2 {
					t.Fatalf("%+v", d)
				}
			}
		})
	}
}

// Who is alone is not counted, nor are a few: that would cost a read for each update.
func TestFewAreNotCounted(t *testing.T) {
	for devices, counted := range map[int]bool{1: false, 299: false, 300: true} {
		f := newFanOut(t)
		f.registerMany(devices)
		var calls []string
		f.fails = func(call string) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			calls = append(calls, call)
			return nil
		}
		if _, err := f.deliver(message); err != nil || slices.Contains(calls, "count") != counted {
			t.Errorf("%d devices: %v, counted %t", devices, err, !counted)
		}
	}
}
