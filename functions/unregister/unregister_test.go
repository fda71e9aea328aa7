package unregister_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/unregister"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const passType = "pass.com.example.loyalty"

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// devices is the store in memory, with something that goes wrong: a read, or a write before or after it was applied.
type devices struct {
	*inmem.Store
	t                 *testing.T
	read, save, saved error
	overtake          func() // somebody else is faster than the next save
	saves             int
}

func (s *devices) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	d, err := s.Store.Device(ctx, id)
	return d, errors.Join(err, s.read)
}

func (s *devices) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	s.saves++
	if overtake := s.overtake; overtake != nil {
		s.overtake = nil
		overtake()
	}
	if s.save != nil {
		return 0, s.save
	}
	revision, err := s.Store.SaveDevice(ctx, d)
	return revision, errors.Join(err, s.saved)
}

// registered is a store in which a device has registered passes.
func registered(t *testing.T, serials ...string) *devices {
	s := &devices{Store: inmem.NewStore(), t: t}
	for _, serial := range serials {
		s.register(serial)
	}
	return s
}

func (s *devices) register(serial string) {
	d := s.record()
	d.Register(serial, wallet.NewPushToken("0a0a"), noon)
	if _, err := s.Store.SaveDevice(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
}

func (s *devices) record() wallet.Device {
	d, err := s.Store.Device(s.t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "phone-1"})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// unregister sends the request of a device that presents the token of the serial number it holds, and returns the status.
func (s *devices) unregister(device, serial, holds string) int {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := keys.AuthenticationToken(1, wallet.PassID{PassTypeIdentifier: passType, SerialNumber: holds})
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest("DELETE", "/v1/devices/"+device+"/registrations/"+passType+"/"+serial, nil)
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	answer := httptest.NewRecorder()
	webservice.NewRouter(slog.New(slog.DiscardHandler)).
		Handle(webservice.UnregisterDevice, unregister.New(s, webservice.Authenticator{Keys: keys, Packages: s.Store})).
		ServeHTTP(answer, r)
	if answer.Body.Len() != 0 {
		s.t.Errorf("body %q", answer.Body)
	}
	return answer.Code
}

// There is no document and no package of these passes: what was deleted on our side can still be let go (WS-UNREG-7).
func TestUnregister(t *testing.T) {
	for name, c := range map[string]struct {
		device, serial, holds  string
		status, passes, writes int // passes that stay registered
	}{
		"one of two passes":                    {"phone-1", "a", "a", 200, 1, 1}, // WS-UNREG-2
		"a pass that was never registered":     {"phone-1", "c", "c", 200, 2, 0}, // WS-UNREG-4
		"a device that was never heard of":     {"phone-2", "a", "a", 200, 2, 0}, // WS-UNREG-4
		"another pass's token":                 {"phone-1", "a", "b", 401, 2, 0}, // WS-UNREG-1
		"the wrong token of an unknown device": {"phone-2", "a", "b", 401, 2, 0},
		"an impossible device":                 {"a%20b", "a", "a", 400, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := registered(t, "a", "b")
			status := s.unregister(c.device, c.serial, c.holds)
			d := s.record()
			if status != c.status || len(d.Passes) != c.passes || s.saves != c.writes {
				t.Errorf("status %d, want %d; record %+v; %d writes, want %d", status, c.status, d, s.saves, c.writes)
			}
			if _, ok := d.Passes["b"]; !ok || d.PushToken.Reveal() != "0a0a" {
				t.Errorf("the other pass is not updated any more: %+v", d)
			}
		})
	}
}

func TestTheLastPassTakesTheDeviceWithIt(t *testing.T) { // WS-UNREG-3
	s := registered(t, "a")
	for range 2 { // and again changes nothing: WS-UNREG-4
		if got := s.unregister("phone-1", "a", "a"); got != 200 || s.record().Revision != 0 || !s.record().PushToken.IsZero() {
			t.Errorf("status %d, record %+v", got, s.record())
		}
	}
}

// Any status but 200 makes the device try again.
func TestFailuresAreMadeUpForByTheNextRequest(t *testing.T) {
	for name, c := range map[string]struct {
		read, save, saved error
		status            int
		registered        bool // after the failure
	}{
		"the read fails":                 {errDown, nil, nil, 500, true},
		"the write fails":                {nil, errDown, nil, 500, true},
		"the write's answer is lost":     {nil, nil, errDown, 500, false},
		"somebody else is always faster": {nil, wallet.ErrConflict, nil, 503, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := registered(t, "a")
				s.read, s.save, s.saved = c.read, c.save, c.saved
				if got := s.unregister("phone-1", "a", "a"); got != c.status || (s.record().Revision != 0) != c.registered {
					t.Errorf("status %d, record %+v", got, s.record())
				}
				s.read, s.save, s.saved = nil, nil, nil
				if got := s.unregister("phone-1", "a", "a"); got != 200 || s.record().Revision != 0 {
					t.Errorf("then status %d, record %+v", got, s.record())
				}
			})
		})
	}
}

// A pass that is added while the last one is let go keeps the device.
func TestSomebodyElseIsFaster(t *testing.T) {
	s := registered(t, "a")
	s.overtake = func() { s.register("b") }
	if got := s.unregister("phone-1", "a", "a"); got != 200 || len(s.record().Passes) != 1 || s.record().PushToken.IsZero() {
		t.Errorf("status %d, record %+v", got, s.record())
	}
}
