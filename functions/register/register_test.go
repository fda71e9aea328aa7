package register_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/register"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const first = `{"pushToken":"0a0a"}`

var (
	card    = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	phone   = wallet.DeviceID{PassTypeIdentifier: card.PassTypeIdentifier, DeviceLibraryIdentifier: "phone-1"}
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// An endpoint is the handler between a store and a bus that can be told to fail.
type endpoint struct {
	*inmem.Store
	t         *testing.T
	keys      wallet.TokenKeys
	announced []wallet.PassPackaged

	fault    fault
	overtake func() // somebody else is faster than the next save
	devices  int    // that registered the pass, beside those in the store
}

// A fault is what goes wrong: a read, a write before or after it was applied, an announcement.
type fault struct{ read, count, save, saved, announce error }

func newEndpoint(t *testing.T) *endpoint {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	return &endpoint{Store: inmem.NewStore(), t: t, keys: keys}
}

func (e *endpoint) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	d, err := e.Store.Device(ctx, id)
	return d, errors.Join(err, e.fault.read)
}

func (e *endpoint) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	if overtake := e.overtake; overtake != nil {
		e.overtake = nil
		overtake()
	}
	if e.fault.save != nil {
		return 0, e.fault.save
	}
	revision, err := e.Store.SaveDevice(ctx, d)
	return revision, errors.Join(err, e.fault.saved)
}

func (e *endpoint) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	n, err := e.Store.CountDevices(ctx, id, shard, limit)
	return min(n+e.devices, limit), errors.Join(err, e.fault.count)
}

func (e *endpoint) PassPackaged(_ context.Context, owed wallet.PassPackaged) error {
	if e.record().Revision == 0 {
		e.t.Error("announced before the registration is durable")
	}
	if e.fault.announce == nil {
		e.announced = append(e.announced, owed)
	}
	return e.fault.announce
}

func (e *endpoint) record() wallet.Device {
	d, err := e.Store.Device(e.t.Context(), phone)
	if err != nil {
		e.t.Fatal(err)
	}
	return d
}

// register sends the request of a device that presents the token of pass holds, and returns the status.
func (e *endpoint) register(device, serial, body string, holds wallet.PassID) int {
	token, err := e.keys.AuthenticationToken(1, holds)
	if err != nil {
		e.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/devices/"+device+"/registrations/"+card.PassTypeIdentifier+"/"+serial, strings.NewReader(body))
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	auth := webservice.Authenticator{Keys: e.keys, Packages: e.Store}
	answer := httptest.NewRecorder()
	webservice.NewRouter(slog.New(slog.DiscardHandler)).
		Handle(webservice.RegisterDevice, register.New(e, e, auth, func() time.Time { return noon })).ServeHTTP(answer, r)
	if answer.Body.Len() != 0 { // WS-REG-6
		e.t.Errorf("body %q", answer.Body)
	}
	return answer.Code
}

// again is the same device with the same pass, once more.
func (e *endpoint) again() int { return e.register("phone-1", "card-1", first, card) }

func TestRefusedRequestsChangeNothing(t *testing.T) { // WS-REG-1, 8, 9
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	foreign := wallet.PassID{PassTypeIdentifier: "pass.com.example.other", SerialNumber: "card-1"}
	for name, c := range map[string]struct {
		device, serial, body string
		holds                wallet.PassID
		want                 int
	}{
		"another pass's token":      {"phone-1", "card-1", first, other, 401},
		"another pass type's token": {"phone-1", "card-1", first, foreign, 401},
		"an impossible serial":      {"phone-1", "a%20b", first, card, 401},
		"the wrong token first":     {"phone-1", "card-1", "", other, 401},
		"no body":                   {"phone-1", "card-1", "", card, 400},
		"no push token":             {"phone-1", "card-1", "{}", card, 400},
		"an empty push token":       {"phone-1", "card-1", `{"pushToken":""}`, card, 400},
		"a push token of no kind":   {"phone-1", "card-1", `{"pushToken":5}`, card, 400},
		"an impossible device":      {"a%20b", "card-1", first, card, 400},
		"a giant body":              {"phone-1", "card-1", strings.Repeat("x", 1<<20), card, 413},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			if got := e.register(c.device, c.serial, c.body, c.holds); got != c.want || e.record().Revision != 0 || len(e.announced) != 0 {
				t.Errorf("status %d, want %d; record %+v, announced %v", got, c.want, e.record(), e.announced)
			}
		})
	}
}

// A device's life, one request after another: what each is answered, leaves in the record, and earns.
func TestRegistrationsOfOneDevice(t *testing.T) { // WS-REG-2, 3, 4, 7, 10
	e := newEndpoint(t)
	long := strings.Repeat("ab", 500)
	for _, step := range []struct {
		name, serial, token      string
		status, passes, sequence int
		earnsPush                bool
	}{
		{"new", "card-1", "0a0a", 201, 1, 1, true},
		{"repeated after its push", "card-1", "0a0a", 200, 1, 1, false},
		{"another pass", "card-2", "0a0a", 201, 2, 2, true},
		{"a new token, for both passes at once", "card-1", long, 200, 2, 2, true},
	} {
		e.announced = nil
		pass := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: step.serial}
		status := e.register("phone-1", step.serial, `{"pushToken":"`+step.token+`"}`, pass)
		d := e.record()
		if status != step.status || len(d.Passes) != step.passes || d.Sequence != int64(step.sequence) || d.PushToken.Reveal() != step.token {
			t.Errorf("%s: status %d, record %+v", step.name, status, d)
		}
		if !d.TokenConfirmed.Equal(noon) {
			t.Errorf("%s: confirmed at %v", step.name, d.TokenConfirmed)
		}
		owed := wallet.PassPackaged{PassID: pass, DeviceLibraryIdentifier: "phone-1"} // this device alone
		if earned := len(e.announced) == 1 && e.announced[0] == owed; earned != step.earnsPush || len(e.announced) > 1 {
			t.Errorf("%s: announced %+v", step.name, e.announced)
		}
		d.PushTaken(d.PushToken, d.Tag(), noon)
		if _, err := e.Store.SaveDevice(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

// Any status but 200 and 201 makes the device try again (WS-REG-5): the repeated request makes up for what went wrong.
func TestFailuresAreMadeUpForByTheNextRequest(t *testing.T) {
	for name, c := range map[string]struct {
		fault      fault
		status     int
		registered bool // after the failure
		then       int
	}{
		"the read fails":                 {fault{read: errDown}, 500, false, 201},
		"the count fails":                {fault{count: errDown}, 500, false, 201},
		"the write fails":                {fault{save: errDown}, 500, false, 201},
		"somebody else is always faster": {fault{save: wallet.ErrConflict}, 503, false, 201},
		"the write's answer is lost":     {fault{saved: errDown}, 500, true, 200},
		"the announcement fails":         {fault{announce: errDown}, 500, true, 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.fault = c.fault
				if got := e.again(); got != c.status || (e.record().Revision != 0) != c.registered || len(e.announced) != 0 {
					t.Errorf("status %d, record %+v, announced %v", got, e.record(), e.announced)
				}
				e.fault = fault{}
				if got := e.again(); got != c.then || len(e.record().Passes) != 1 || len(e.announced) != 1 {
					t.Errorf("then status %d, record %+v, announced %v", got, e.record(), e.announced)
				}
			})
		})
	}
}

func TestSomebodyElseIsFaster(t *testing.T) { // WS-REG-7
	for serial, want := range map[string]struct{ status, passes int }{
		"card-1": {200, 1}, // the same request at the same time: one row, and the other was answered 201
		"card-2": {201, 2}, // another pass of the device: both stay
	} {
		e := newEndpoint(t)
		e.overtake = func() {
			pass := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: serial}
			if got := e.register("phone-1", serial, `{"pushToken":"0b0b"}`, pass); got != 201 {
				t.Errorf("the faster one: %d", got)
			}
		}
		if got := e.again(); got != want.status || len(e.record().Passes) != want.passes || e.record().PushToken.Reveal() != "0a0a" {
			t.Errorf("overtaken by %s: status %d, record %+v", serial, got, e.record())
		}
	}
}

// A flood of invented devices ends somewhere, and keeps none out that is there already.
func TestRegistrationsOfAPassAreCapped(t *testing.T) {
	e := newEndpoint(t)
	e.devices = 99_999
	if got := e.again(); got != 201 {
		t.Errorf("the last one: %d", got)
	}
	if got := e.register("phone-2", "card-1", first, card); got != 429 {
		t.Errorf("one too many: %d", got)
	}
	if n, err := e.CountDevices(t.Context(), card, wallet.Shard{}, 1_000_000); err != nil || n != 100_000 {
		t.Errorf("%d devices, %v", n, err)
	}
	e.fault.count = errDown // it is not even asked for
	if got := e.register("phone-1", "card-1", `{"pushToken":"0b0b"}`, card); got != 200 || e.record().PushToken.Reveal() != "0b0b" {
		t.Errorf("one that is there: %d", got)
	}
}

// The passes of a device share a record, which has to stay small enough to be kept.
func TestPassesOfADeviceAreCapped(t *testing.T) {
	e := newEndpoint(t)
	d := wallet.Device{ID: phone}
	for n := range 2499 {
		d.Register(fmt.Sprint("other-", n), wallet.NewPushToken("0a0a"), noon)
	}
	if _, err := e.Store.SaveDevice(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := e.again(); got != 201 {
		t.Errorf("the last one: %d", got)
	}
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	if got := e.register("phone-1", "card-2", first, other); got != 429 || len(e.record().Passes) != 2500 {
		t.Errorf("one too many: %d, %d passes", got, len(e.record().Passes))
	}
	if got := e.again(); got != 200 {
		t.Errorf("one that is there: %d", got)
	}
}
