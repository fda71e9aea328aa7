package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

const (
	passType = "pass.com.example.loyalty"
	message  = `{"passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1"}`
)

var (
	card    = wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "card-1"}
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // when every token was confirmed
	errDown = errors.New("down")

	taken   = apns.Answer{Status: 200, Verdict: apns.Taken}
	gone    = apns.Answer{Status: 410, Reason: "Unregistered", Verdict: apns.Gone, Timestamp: noon.Add(time.Second)}
	refused = apns.Answer{Status: 400, Reason: "BadDeviceToken", Verdict: apns.Refused}
)

// A fanOut is the handler, an hour after noon, between devices that are owed a push and an APNs that does as it is told.
type fanOut struct {
	*inmem.Store
	t      *testing.T
	handle wallet.MessageHandler

	answers map[string]apns.Answer   // by token; without one, a push is taken
	answer  func(string) apns.Answer // to a token, in place of answers; nil for none
	asked   func(wallet.DeviceID)    // happens while APNs is asked for a device; nil for nothing
	fails   func(call string) error  // before it is applied; call is for example "save phone-1"
	lost    func(call string) error  // after it was applied

	mu        sync.Mutex
	pushed    []string              // tokens
	announced []wallet.PassPackaged // by the handler
	read      int                   // devices of the pass

	log bytes.Buffer // of JSON lines
}

func none(string) error { return nil }

// newFanOut has a package and devices whose tokens are their names.
func newFanOut(t *testing.T, devices ...string) *fanOut {
	f := &fanOut{Store: inmem.NewStoreAt(func() time.Time { return noon }), t: t, answers: make(map[string]apns.Answer), fails: none, lost: none}
	f.handle = push.New(f, f, f, slog.New(slog.NewJSONHandler(&f.log, nil)), func() time.Time { return noon.Add(time.Hour) })
	for _, name := range devices {
		f.register(name, name)
	}
	_, err := f.SavePackage(t.Context(), wallet.CurrentPackage{ID: card}.Next(noon))
	f.check(err)
	return f
}

func (f *fanOut) register(name, token string) {
	d := f.record(name)
	d.Register(card.SerialNumber, wallet.NewPushToken(token), noon)
	_, err := f.Store.SaveDevice(f.t.Context(), d)
	f.check(err)
}

func (f *fanOut) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fanOut) record(name string) wallet.Device {
	d, err := f.Store.Device(f.t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name)})
	f.check(err)
	return d
}

func (f *fanOut) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	pkg, err := f.Store.CurrentPackage(ctx, id)
	return pkg, errors.Join(err, f.fails("package"))
}

func (f *fanOut) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		for d, err := range f.Store.RegisteredDevices(ctx, id, shard) {
			f.read++
			if !yield(d, errors.Join(err, f.fails("list "+string(d.ID.DeviceLibraryIdentifier)))) {
				return
			}
		}
	}
}

// Device says of a record that is there that it cannot be read, as Firestore's does, where it is told to fail.
func (f *fanOut) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	d, err := f.Store.Device(ctx, id)
	if unreadable := f.fails("read " + string(id.DeviceLibraryIdentifier)); unreadable != nil {
		return wallet.Device{ID: d.ID, Revision: d.Revision}, unreadable
	}
	return d, err
}

func (f *fanOut) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	call := "save " + string(d.ID.DeviceLibraryIdentifier)
	if d.Pushed > 0 {
		call = "settle " + string(d.ID.DeviceLibraryIdentifier)
	}
	if err := f.fails(call); err != nil {
		return 0, err
	}
	revision, err := f.Store.SaveDevice(ctx, d)
	return revision, errors.Join(err, f.lost(call))
}

func (f *fanOut) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	if err := f.fails("count"); err != nil {
		return 0, err
	}
	return f.Store.CountDevices(ctx, id, shard, limit)
}

func (f *fanOut) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fails(fmt.Sprint("announce ", len(f.announced))); err != nil {
		return err
	}
	f.announced = append(f.announced, e)
	return nil
}

// Push is APNs.
func (f *fanOut) Push(_ context.Context, token wallet.PushToken, topic string) apns.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := token.Reveal()
	f.pushed = append(f.pushed, name)
	if f.asked != nil {
		f.asked(wallet.DeviceID{PassTypeIdentifier: topic, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name)})
	}
	if f.answer != nil {
		return f.answer(name)
	}
	if answer, ok := f.answers[name]; ok {
		return answer
	}
	return taken
}

// deliver hands over the announcement and returns the tokens pushed to, sorted, and its error.
func (f *fanOut) deliver(message string) (string, error) {
	f.pushed = nil
	err := f.handle(f.t.Context(), []byte(message))
	slices.Sort(f.pushed)
	return strings.Join(f.pushed, " "), err
}

// failOnce fails the first call of a name.
func failOnce(call string, err error) func(string) error {
	var mu sync.Mutex
	return func(c string) error {
		mu.Lock()
		defer mu.Unlock()
		if c != call {
			return nil
		}
		call = ""
		return err
	}
}

// What an answer does to the record, and whether the message comes again.
func TestVerdicts(t *testing.T) { // 4.5, 4.6
	goneAt := func(at time.Time) apns.Answer { a := gone; a.Timestamp = at; return a }
	for name, c := range map[string]struct {
		answer                  apns.Answer
		again                   bool // it is delivered again, and pushed again
		kept, pushable, settled bool
	}{
		"taken":                        {taken, false, true, true, true},
		"gone after the confirmation":  {gone, false, false, false, false},
		"gone at the confirmation":     {goneAt(noon), false, true, true, true},
		"gone before the confirmation": {goneAt(noon.Add(-time.Second)), false, true, true, true},
		"gone since nobody knows when": {goneAt(time.Time{}), false, true, true, true},
		"refused":                      {refused, false, true, false, false},
		"our request is wrong":         {apns.Answer{Status: 413, Verdict: apns.Bug}, false, true, true, true},
		"trouble at APNs":              {apns.Answer{Status: 503, Verdict: apns.Later}, true, true, true, false},
		"our credential is wrong":      {apns.Answer{Status: 403, Verdict: apns.Halt}, true, true, true, false},
		"no verdict":                   {apns.Answer{}, true, true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFanOut(t, "phone-1")
			f.answers["phone-1"] = c.answer
			pushed, err := f.deliver(message)
			d := f.record("phone-1")
			if (err != nil) != c.again || pushed != "phone-1" {
				t.Errorf("%v, pushed to %q", err, pushed)
			}
			if kept := d.Revision != 0 && d.PushToken.Reveal() == "phone-1"; kept != c.kept || d.TokenRefused == c.pushable && kept {
				t.Errorf("record %+v", d)
			}
			if settled := d.Sequence > 0 && d.Pushed == d.Sequence && d.PushDue.Equal(noon.Add(2*time.Hour)); settled != c.settled {
				t.Errorf("settled %v, record %+v", settled, d)
			}
			if c.kept && !c.again && (d.Contact.Answer != c.answer.Said() || !d.Contact.Pushed.Equal(noon.Add(time.Hour))) {
				t.Errorf("APNs' answer is on record as %q at %v", d.Contact.Answer, d.Contact.Pushed)
			}
			if pushed, _ = f.deliver(message); (pushed != "") != c.again { // promise 4: nobody is told twice
				t.Errorf("delivered again, pushed to %q", pushed)
			}
		})
	}
}

// More than 20 bad answers among the last 100 are our own mistake: the tokens stay as they are.
func TestBreaker(t *testing.T) {
	for _, c := range []struct {
		bad, good int // answers before one more that is bad
		acted     bool
	}{{0, 0, true}, {19, 0, true}, {20, 0, false}, {19, 80, true}, {20, 79, false}, {20, 80, true}} {
		for _, answer := range []apns.Answer{gone, refused} {
			t.Run(fmt.Sprintf("%d bad, %d good, %v", c.bad, c.good, answer), func(t *testing.T) {
				f := newFanOut(t)
				for i := range c.bad + c.good + 1 {
					name := fmt.Sprint("phone-", i)
					if f.register(name, name); i < c.bad || i == c.bad+c.good {
						f.answers[name] = answer
					}
					_, err := f.deliver(strings.Replace(message, "}", `,"deviceLibraryIdentifier":"`+name+`"}`, 1))
					f.check(err)
					d := f.record(name)
					if acted := d.Revision == 0 || d.TokenRefused; f.answers[name] == answer && acted != (c.acted || i < c.bad) {
						t.Errorf("answer %d was acted upon: %v, record %+v", i+1, acted, d)
					}
				}
			})
		}
	}
}

// The change is listed before the push, so that a device which asks at once finds it.
func TestMarkedBeforeThePush(t *testing.T) {
	f := newFanOut(t, "phone-1", "phone-2")
	f.asked = func(id wallet.DeviceID) {
		d := f.record(string(id.DeviceLibraryIdentifier))
		if id.PassTypeIdentifier != passType || d.Passes["card-1"].Version != 1 || !d.Behind() || d.Pushed != 0 {
			t.Errorf("pushed to %v before its record says why: %+v", id, d)
		}
	}
	if pushed, err := f.deliver(message); err != nil || pushed != "phone-1 phone-2" {
		t.Errorf("%v, pushed to %q", err, pushed)
	}
}

func TestOneDeviceAlone(t *testing.T) { // it has just registered
	f := newFanOut(t, "phone-1", "phone-2")
	if pushed, err := f.deliver(strings.Replace(message, "}", `,"deviceLibraryIdentifier":"phone-2"}`, 1)); err != nil || pushed != "phone-2" {
		t.Errorf("%v, pushed to %q", err, pushed)
	}
}

// A record that cannot be read is no reason for another delivery, which would find it the same; a store that is down is one.
func TestOneDeviceAloneThatCannotBeRead(t *testing.T) {
	for name, again := range map[string]bool{"phone-1": false, "phone-2": true} { // the store knows of no phone-2
		f := newFanOut(t, "phone-1")
		f.fails = failOnce("read "+name, errDown)
		pushed, err := f.deliver(strings.Replace(message, "}", `,"deviceLibraryIdentifier":"`+name+`"}`, 1))
		if (err != nil) != again || pushed != "" {
			t.Errorf("%s: %v, pushed to %q", name, err, pushed)
		}
		if said := strings.Contains(f.log.String(), "unreadable device record"); said == again {
			t.Errorf("%s: logged\n%s", name, &f.log)
		}
	}
}

func TestOnePushPerTokenAndItsAnswerHoldsForAll(t *testing.T) { // P-43, WS-REG-12
	for _, answer := range []apns.Answer{taken, gone, refused, {Verdict: apns.Later}} {
		f := newFanOut(t)
		f.register("phone-1", "shared")
		f.register("phone-2", "shared")
		f.answers["shared"] = answer
		pushed, err := f.deliver(message)
		one, two := f.record("phone-1"), f.record("phone-2")
		if (err != nil) != (answer.Verdict == apns.Later) || pushed != "shared" || one.Pushed != two.Pushed || len(one.Passes) != len(two.Passes) || one.TokenRefused != two.TokenRefused {
			t.Errorf("%v: %v, pushed to %q\n%+v\n%+v", answer, err, pushed, one, two)
		}
	}
}

// A device that fails stops no other (promise 6), and is served when the message comes again. The kind of its error must not
// reach the platform, which would take the message for one that can never succeed.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		fails, lost func(string) error
		again       bool
		first, then string // who is pushed to
	}{
		"the package cannot be read":   {failOnce("package", errDown), none, true, "", "phone-1 phone-2"},
		"a device cannot be read":      {failOnce("list phone-1", errDown), none, true, "phone-2", "phone-1"},
		"a device is unreadable":       {failOnce("list phone-1", wallet.ErrInvalid), none, false, "phone-2", "phone-1"},
		"the mark fails":               {failOnce("save phone-1", errDown), none, true, "phone-2", "phone-1"},
		"the mark is called not found": {failOnce("save phone-1", wallet.ErrNotFound), none, true, "phone-2", "phone-1"},
		"the mark's answer is lost":    {none, failOnce("save phone-1", errDown), true, "phone-2", "phone-1"},
		"the record moved":             {failOnce("save phone-1", wallet.ErrConflict), none, false, "phone-1 phone-2", ""},
		"the note of the push fails":   {failOnce("settle phone-1", errDown), none, true, "phone-1 phone-2", "phone-1"},
		"that note's answer is lost":   {none, failOnce("settle phone-1", errDown), true, "phone-1 phone-2", ""},
		"the record moved at the note": {failOnce("settle phone-1", wallet.ErrConflict), none, false, "phone-1 phone-2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFanOut(t, "phone-1", "phone-2")
			f.fails, f.lost = c.fails, c.lost
			pushed, err := f.deliver(message)
			if (err != nil) != c.again || wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "PushUpdate", err) != err || pushed != c.first {
				t.Errorf("%v, pushed to %q, want %q", err, pushed, c.first)
			}
			if pushed, err := f.deliver(message); err != nil || pushed != c.then {
				t.Errorf("then %v, pushed to %q, want %q", err, pushed, c.then)
			}
			for _, name := range []string{"phone-1", "phone-2"} {
				if d := f.record(name); d.Pushed != d.Sequence || d.Passes["card-1"].Version != 1 {
					t.Errorf("%s: %+v", name, d)
				}
			}
		})
	}
}

func TestConflictForEverIsLeftForAnotherDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFanOut(t, "phone-1", "phone-2")
		f.fails = func(call string) error {
			if call == "save phone-1" {
				return wallet.ErrConflict
			}
			return nil
		}
		if pushed, err := f.deliver(message); err == nil || !strings.Contains(err.Error(), "1 devices left") || pushed != "phone-2" {
			t.Errorf("%v, pushed to %q", err, pushed)
		}
	})
}

// A device that changes its token while APNs is asked about the old one is owed a push to the new one.
func TestAnswerAboutATokenThatWasReplaced(t *testing.T) {
	for _, answer := range []apns.Answer{taken, gone, refused} {
		f := newFanOut(t, "phone-1")
		f.answers["phone-1"] = answer
		f.asked = func(wallet.DeviceID) { f.asked = nil; f.register("phone-1", "new") }
		if _, err := f.deliver(message); err != nil {
			t.Errorf("%v: %v", answer, err)
		}
		if pushed, err := f.deliver(message); err != nil || pushed != "new" {
			t.Errorf("%v: then %v, pushed to %q", answer, err, pushed)
		}
	}
}

func TestUnreadableMessagesAreNoWork(t *testing.T) {
	for _, text := range []string{``, `{`, `[]`, `{"passTypeIdentifier":"pass.com.example.loyalty"}`, strings.Replace(message, "card-1", "..", 1)} {
		f := newFanOut(t, "phone-1")
		if pushed, err := f.deliver(text); !errors.Is(err, wallet.ErrInvalid) || pushed != "" {
			t.Errorf("%q: %v, pushed to %q", text, err, pushed)
		}
	}
}

// Metrics count these lines: each announcement with what became of its pushes, and each push that was not taken with the
// reason. Neither says whose device it is.
func TestLog(t *testing.T) {
	answers := map[string]apns.Answer{
		"token-taken":   taken,
		"token-gone":    gone,
		"token-refused": refused,
		"token-bug":     {Status: 413, Reason: "PayloadTooLarge", Verdict: apns.Bug},
		"token-later":   {Status: 429, Reason: "TooManyRequests", Verdict: apns.Later},
		"token-proxy":   {Status: 503, Verdict: apns.Later},
		"token-lost":    {Verdict: apns.Later, Err: errDown},
	}
	f := newFanOut(t)
	f.answers = answers
	for token := range answers {
		f.register("device-with-"+token, token)
	}
	f.register("another-device-with-token-taken", "token-taken")
	if _, err := f.deliver(message); err == nil {
		t.Error("nothing is left for another delivery")
	}
	f.answers = map[string]apns.Answer{"token-later": {Status: 403, Reason: "InvalidProviderToken", Verdict: apns.Halt}}
	if _, err := f.deliver(strings.Replace(message, "}", `,"deviceLibraryIdentifier":"device-with-token-later"}`, 1)); err == nil {
		t.Error("nothing is left for another delivery")
	}

	var lines []string
	for text := range strings.Lines(f.log.String()) {
		var line struct {
			Level, Msg, Verdict, Reason, PassTypeIdentifier, SerialNumber string
			Accepted, Refused, Gone, Failed                               int
		}
		f.check(json.Unmarshal([]byte(text), &line))
		if line.PassTypeIdentifier != passType {
			t.Errorf("%s: of which pass type?", text)
		}
		if line.Msg == "pushed" {
			text = fmt.Sprintf("%s %d accepted, %d refused, %d gone, %d failed", line.SerialNumber, line.Accepted, line.Refused, line.Gone, line.Failed)
		} else {
			text = fmt.Sprint(line.Verdict, ": ", line.Reason)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", line.Level, line.Msg, text))
	}
	slices.Sort(lines)
	want := []string{
		"ERROR push not taken bug: PayloadTooLarge",
		"ERROR push not taken halt: InvalidProviderToken",
		"INFO push not taken gone: Unregistered",
		"INFO pushed card-1 0 accepted, 1 refused, 0 gone, 1 failed",
		"INFO pushed card-1 1 accepted, 2 refused, 1 gone, 3 failed",
		"WARN push not taken later: Service Unavailable",
		"WARN push not taken later: TooManyRequests",
		"WARN push not taken later: no answer",
		"WARN push not taken refused: BadDeviceToken",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, secret := range []string{"token-", "device-with"} {
		if strings.Contains(f.log.String(), secret) {
			t.Errorf("the log tells %q:\n%s", secret, &f.log)
		}
	}
}

func TestAnOpenBreakerIsLogged(t *testing.T) {
	f := newFanOut(t)
	for i := range 21 {
		name := fmt.Sprint("phone-", i)
		f.register(name, name)
		f.answers[name] = refused
	}
	if _, err := f.deliver(message); err != nil {
		t.Error(err)
	}
	if n := strings.Count(f.log.String(), `"level":"ERROR","msg":"too many bad tokens at once: they stay as they are","passTypeIdentifier":"`+passType+`"`); n != 1 {
		t.Errorf("%d of 21 bad answers were too many:\n%s", n, &f.log)
	}
}

// A phone that is woken under one identifier asks under the other, which has to be marked by then. Found by the simulator.
func TestPromise1_AllAreMarkedBeforeTheFirstIsTold(t *testing.T) {
	f := newFanOut(t)
	for n := range 500 { // more than are served at once
		f.register(fmt.Sprint("phone-", n), "one-token")
	}
	f.asked = func(wallet.DeviceID) {
		for n := range 500 {
			if d := f.record(fmt.Sprint("phone-", n)); len(d.ChangedSince(wallet.UpdateTag{Epoch: d.Epoch, Sequence: 1})) != 1 {
				t.Errorf("%v is not marked", d.ID)
			}
		}
	}
	pkg, err := f.CurrentPackage(t.Context(), card)
	f.check(err)
	_, err = f.SavePackage(t.Context(), pkg.Next(noon)) // which is news to all of them
	f.check(err)
	if pushed, err := f.deliver(message); err != nil || pushed != "one-token" {
		t.Errorf("pushed to %q, %v", pushed, err)
	}
}

// A worker's clock that is ahead must not make a confirmation look older than the answer.
func TestPromise1_ATokenThatIsConfirmedMeanwhileIsNotRefused(t *testing.T) {
	f := newFanOut(t, "phone-1")
	f.answers["phone-1"] = refused
	f.asked = func(wallet.DeviceID) { f.register("phone-1", "phone-1") }
	if _, err := f.deliver(message); err != nil || f.record("phone-1").TokenRefused {
		t.Errorf("refused, %v", err)
	}
}
