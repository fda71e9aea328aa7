package updatable_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/updatable"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const passType = "pass.com.example.loyalty"

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// A list is the endpoint for one device that has registered the passes a and b, in this order.
type list struct {
	*inmem.Store
	t                 *testing.T
	read, save, saved error  // what goes wrong: a read, or a write before or after it was applied
	afterRead         func() // what happens right after the next read
	saves             int
	log               strings.Builder
}

func newList(t *testing.T) *list {
	l := &list{Store: inmem.NewStore(), t: t}
	l.change(func(d *wallet.Device) {
		d.Register("a", wallet.NewPushToken("0a0a"), noon)
		d.Register("b", wallet.NewPushToken("0a0a"), noon)
		d.Epoch = "e"
	})
	return l
}

func (l *list) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	d, err := l.Store.Device(ctx, id)
	if l.afterRead != nil {
		l.afterRead()
	}
	return d, errors.Join(err, l.read)
}

func (l *list) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	l.saves++
	if l.save != nil {
		return 0, l.save
	}
	revision, err := l.Store.SaveDevice(ctx, d)
	return revision, errors.Join(err, l.saved)
}

func (l *list) record() wallet.Device {
	d, err := l.Store.Device(l.t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "phone-1"})
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// change is what somebody else does to the record.
func (l *list) change(f func(*wallet.Device)) {
	d := l.record()
	f(&d)
	if _, err := l.Store.SaveDevice(l.t.Context(), d); err != nil {
		l.t.Fatal(err)
	}
}

// get asks as a device does, without any authorization (WS-LIST-1). No tag is no parameter.
func (l *list) get(device, passType, tag string) *httptest.ResponseRecorder {
	target := "/v1/devices/" + device + "/registrations/" + passType
	if tag != "" {
		target += "?passesUpdatedSince=" + url.QueryEscape(tag)
	}
	answer := httptest.NewRecorder()
	log := slog.New(slog.NewTextHandler(&l.log, nil))
	webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.ListUpdatablePasses, updatable.New(l, log)).
		ServeHTTP(answer, httptest.NewRequest("GET", target, nil))
	return answer
}

const (
	both  = `{"serialNumbers":["a","b"],"lastUpdated":"e.2"}` + "\n"
	onlyB = `{"serialNumbers":["b"],"lastUpdated":"e.2"}` + "\n"
)

// Presented is what the question alone told us: the list itself delivers nothing.
func TestList(t *testing.T) {
	for name, c := range map[string]struct {
		device, passType, tag string
		status                int
		body                  string // lastUpdated is text, or the device fetches nothing: WS-LIST-7
		presented             int64
	}{
		"no tag":                   {"phone-1", passType, "", 200, both, 0},     // WS-LIST-2
		"an earlier tag":           {"phone-1", passType, "e.1", 200, onlyB, 1}, // WS-LIST-3
		"the current tag":          {"phone-1", passType, "e.2", 204, "", 2},    // WS-LIST-4, 15
		"a tag of another life":    {"phone-1", passType, "f.2", 200, both, 0},  // P-55
		"a tag from the future":    {"phone-1", passType, "e.3", 200, both, 0},  // WS-LIST-12
		"a tag that cannot be one": {"phone-1", passType, "<2>", 200, both, 0},  // WS-LIST-11
		"another device":           {"phone-2", passType, "e.1", 204, "", 0},    // WS-LIST-5
		"another pass type":        {"phone-1", "pass.com.example.other", "", 204, "", 0},
		"an impossible device":     {"a%20b", passType, "", 204, "", 0},
		"an impossible pass type":  {"phone-1", "other", "", 204, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newList(t)
			answer := l.get(c.device, c.passType, c.tag)
			if answer.Code != c.status || answer.Body.String() != c.body {
				t.Errorf("%d %s, want %d %s", answer.Code, answer.Body, c.status, c.body)
			}
			if kind := answer.Header().Get("Content-Type"); c.status == 200 && kind != "application/json" {
				t.Errorf("Content-Type %q", kind)
			}
			told := c.status == 200
			writes := min(int(c.presented), 1)
			if told {
				writes = 1
			}
			got := l.record()
			if got.Presented != c.presented || l.saves != writes || got.Contact.Presented.IsZero() != (c.presented == 0) || got.Contact.Listed.IsZero() == told {
				t.Errorf("presented %d, want %d; %d writes, want %d; %+v", got.Presented, c.presented, l.saves, writes, got.Contact)
			}
			if l.get(c.device, c.passType, c.tag); l.saves != writes {
				t.Errorf("the same question again is written down again")
			}
		})
	}
}

func TestAnEarlierTagTakesNothingBack(t *testing.T) {
	l := newList(t)
	l.get("phone-1", passType, "e.2")
	if got := l.get("phone-1", passType, "e.1"); got.Body.String() != onlyB || l.record().Presented != 2 || l.saves != 1 {
		t.Errorf("%s, presented %d, %d writes", got.Body, l.record().Presented, l.saves)
	}
}

// What changes after the read is not in the list and must not be under its tag either: the next question finds it.
func TestTheTagCoversWhatIsListedAndNothingElse(t *testing.T) { // WS-LIST-10
	l := newList(t)
	l.afterRead = func() {
		l.afterRead = nil
		l.change(func(d *wallet.Device) {
			d.Changed(wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "a"}, Version: 2, Revision: 1 << 40})
		})
	}
	if got := l.get("phone-1", passType, "e.1"); got.Code != 200 || got.Body.String() != onlyB {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if d := l.record(); d.Presented != 1 || d.Contact.Listed.IsZero() || !d.Contact.Listed.Before(d.Revision.Time()) {
		t.Errorf("what it showed and was told is lost to whoever was faster: %+v", d)
	}
	if got := l.get("phone-1", passType, "e.2"); got.Body.String() != `{"serialNumbers":["a"],"lastUpdated":"e.3"}`+"\n" {
		t.Errorf("then %d %s", got.Code, got.Body)
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		read, save, saved error
		status            int
		body              string
		presented         int64
	}{
		"the read fails":             {errDown, nil, nil, 500, "", 0},
		"the delivery's write fails": {nil, errDown, nil, 200, onlyB, 0}, // recorded the next time that the tag is shown
		"the write's answer is lost": {nil, nil, errDown, 200, onlyB, 1},
		"others are always faster":   {nil, wallet.ErrConflict, nil, 200, onlyB, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newList(t)
			l.read, l.save, l.saved = c.read, c.save, c.saved
			answer := l.get("phone-1", passType, "e.1")
			if answer.Code != c.status || answer.Body.String() != c.body || l.record().Presented != c.presented || l.saves > 1 && !errors.Is(c.save, wallet.ErrConflict) {
				t.Errorf("%d %s, presented %d, %d writes", answer.Code, answer.Body, l.record().Presented, l.saves)
			}
			if logged := l.log.String(); (logged != "") != (l.saves > 0) || strings.Contains(logged, "phone-1") {
				t.Errorf("log: %s", logged)
			}
			l.read, l.save, l.saved = nil, nil, nil
			if answer := l.get("phone-1", passType, "e.1"); answer.Body.String() != onlyB || l.record().Presented != 1 {
				t.Errorf("then %d %s, presented %d", answer.Code, answer.Body, l.record().Presented)
			}
		})
	}
}
