package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const (
	passType = "pass.com.example.loyalty"
	grace    = 5 * time.Minute
	// afterGrace is past the grace of all that was written while the clock stood still.
	afterGrace = grace + time.Second
)

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// A house is the sweep between a store, a bus and a clock that do as they are told.
type house struct {
	*inmem.Store
	bucket   *inmem.Bucket
	t        *testing.T
	now      time.Time
	expiries map[string]time.Time
	expired  error
	log      strings.Builder

	mu        sync.Mutex
	announced []string                // "changed serial", "packaged serial version", "packaged serial to device"
	fails     func(call string) error // before it is applied; call is for example "save phone-1"
	lost      func(call string) error // after it was applied
	before    func(call string)       // happens before a call
}

func none(string) error { return nil }

func newHouse(t *testing.T) *house {
	h := &house{t: t, now: noon, bucket: inmem.NewBucket(), fails: none, lost: none, before: func(string) {}}
	h.Store = inmem.NewStoreAt(func() time.Time { return h.now })
	t.Cleanup(func() {
		for _, err := range h.Violations() {
			t.Errorf("the store was misused: %v", err)
		}
	})
	return h
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// around makes a call, which may fail before or after it was applied.
func (h *house) around(call string, apply func() error) error {
	h.before(call)
	if err := h.fails(call); err != nil {
		return err
	}
	return errors.Join(apply(), h.lost(call))
}

func (h *house) announce(call string) error {
	return h.around(call, func() error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.announced = append(h.announced, call)
		return nil
	})
}

func (h *house) PassChanged(_ context.Context, e wallet.PassChanged) error {
	return h.announce("changed " + e.SerialNumber)
}

func (h *house) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	if e.DeviceLibraryIdentifier == "" {
		return h.announce(fmt.Sprintf("packaged %s %d", e.SerialNumber, e.Version))
	}
	return h.announce(fmt.Sprintf("packaged %s to %s", e.SerialNumber, string(e.DeviceLibraryIdentifier)))
}

func (h *house) PassPersonalized(_ context.Context, e wallet.PassPersonalized) error {
	return h.announce("personalized " + e.SerialNumber)
}

func (h *house) SaveDevice(ctx context.Context, d wallet.Device) (revision wallet.Revision, err error) {
	err = h.around("save "+string(d.ID.DeviceLibraryIdentifier), func() error { revision, err = h.Store.SaveDevice(ctx, d); return err })
	return revision, err
}

func (h *house) SaveWalk(ctx context.Context, w wallet.Walk) (revision wallet.Revision, err error) {
	err = h.around("save walk over "+w.Name, func() error { revision, err = h.Store.SaveWalk(ctx, w); return err })
	return revision, err
}

func (h *house) Walk(ctx context.Context, name string) (w wallet.Walk, err error) {
	err = h.around("walk over "+name, func() error { w, err = h.Store.Walk(ctx, name); return err })
	return w, err
}

func (h *house) DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error) {
	err = h.around("documents", func() error { page, next, err = h.Store.DocumentRevisions(ctx, after, limit); return err })
	return page, next, err
}

func (h *house) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		for d, err := range h.Store.DevicesDue(ctx, by) {
			if !yield(d, errors.Join(err, h.fails("due "+string(d.ID.DeviceLibraryIdentifier)))) {
				return
			}
		}
	}
}

func (h *house) CurrentPackage(ctx context.Context, id wallet.PassID) (pkg wallet.CurrentPackage, err error) {
	err = h.around("package of "+id.SerialNumber, func() error { pkg, err = h.Store.CurrentPackage(ctx, id); return err })
	return pkg, err
}

func (h *house) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		for pkg, err := range h.Store.CurrentPackages(ctx, after, until) {
			if !yield(pkg, errors.Join(err, h.fails("package "+pkg.ID.SerialNumber))) {
				return
			}
		}
	}
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

// post calls the function as Scheduler does.
func (h *house) post() *httptest.ResponseRecorder { return h.postTo(h) }

// postTo is post with a store in front of the house's own.
func (h *house) postTo(store sweep.Store) *httptest.ResponseRecorder {
	log := slog.New(slog.NewTextHandler(&h.log, nil))
	s := &sweep.Sweeper{
		Store: store, Bucket: h, Events: h, Log: log, Now: func() time.Time { return h.now },
		Expiries: func() (map[string]time.Time, error) { return h.expiries, h.expired },
	}
	answer := httptest.NewRecorder()
	webservice.NewIssuerRouter(slog.New(slog.DiscardHandler)).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, s.Handle).
		ServeHTTP(answer, httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/", nil))
	return answer
}

// sweep makes one call and returns what it announced, sorted, and whether it answered 200; anything else must be 500.
func (h *house) sweep() (string, bool) {
	h.t.Helper()
	h.announced = nil
	answer := h.post()
	if answer.Code != http.StatusOK && answer.Code != http.StatusInternalServerError {
		h.t.Errorf("status %d %s", answer.Code, answer.Body)
	}
	slices.Sort(h.announced)
	return strings.Join(h.announced, ", "), answer.Code == http.StatusOK
}

// wantSwept makes one call, which answers 200 after it has announced this.
func (h *house) wantSwept(what, want string) {
	h.t.Helper()
	if got, ok := h.sweep(); !ok || got != want {
		h.t.Errorf("%s: ok %v, announced %q, want %q", what, ok, got, want)
	}
}

func id(serial string) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
}

func TestAnswerAndLog(t *testing.T) {
	h := newHouse(t)
	h.register("phone-1", "a", "b")
	h.write("a")
	h.write("c")
	h.pack("a")
	h.expiries = map[string]time.Time{passType: noon.AddDate(1, 0, 0)}
	h.now = h.now.Add(afterGrace)
	answer := h.post()
	want := `{"pushes":1,"settled":0,"documents":2,"ahead":1,"packages":1,"removed":0,"certificates":1,"unreadable":0}` + "\n"
	if answer.Code != http.StatusOK || answer.Body.String() != want || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s, want %s", answer.Code, answer.Body, want)
	}
	line := "level=INFO msg=swept pushes=1 settled=0 documents=2 ahead=1 packages=1 removed=0 certificates=1 unreadable=0\n"
	if !strings.HasSuffix(h.log.String(), line) {
		t.Errorf("the log\n%s does not end with\n%s", &h.log, line)
	}
}

// Whatever kind an error is of, Scheduler has to call again, and the other parts of the work are done.
func TestEachPartFailsAlone(t *testing.T) {
	const all = "changed c, packaged a 1, packaged b to phone-1"
	for name, c := range map[string]struct {
		fails   func(string) error
		expired error
		want    string
	}{
		"the devices":                {failOnce("due phone-1", errDown), nil, "changed c, packaged a 1"},
		"the walk":                   {failOnce("walk over documents", errDown), nil, "packaged b to phone-1"},
		"the walk, as if invalid":    {failOnce("walk over documents", wallet.ErrInvalid), nil, "packaged b to phone-1"},
		"the documents":              {failOnce("documents", wallet.ErrNotFound), nil, "packaged b to phone-1"},
		"the packages":               {failOnce("package a", errDown), nil, "packaged b to phone-1"},
		"the certificates":           {none, errDown, all},
		"the certificates' findings": {none, wallet.Findings{{Severity: wallet.SeverityError}}, all},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.register("phone-1", "a", "b")
			h.write("a")
			h.pack("a")
			h.write("c")
			h.expiries = map[string]time.Time{passType: noon}
			h.now = h.now.Add(afterGrace)
			h.fails, h.expired = c.fails, c.expired
			got, ok := h.sweep()
			for part := range strings.SplitSeq(c.want, ", ") { // what is before the failure may or may not be among it
				if ok || !strings.Contains(got, part) {
					t.Errorf("ok %v, announced %q, want %q", ok, got, c.want)
				}
			}
			if !strings.Contains(h.log.String(), "msg=swept") || !strings.Contains(h.log.String(), "msg=certificate ") {
				t.Errorf("log %s", &h.log)
			}
			h.expired = nil
			again, ok := h.sweep()
			if !ok {
				t.Error("the next call fails too")
			}
			for part := range strings.SplitSeq(all, ", ") {
				if !strings.Contains(got+again, part) {
					t.Errorf("announced %q, then %q; never %q", got, again, part)
				}
			}
		})
	}
}

func TestCertificatesAreLoggedEachTime(t *testing.T) { // P-50
	h := newHouse(t)
	h.expiries = map[string]time.Time{
		"pass.a": noon.AddDate(0, 0, 45), "pass.b": noon.Add(24*time.Hour - time.Second), "pass.c": noon, "pass.d": noon.Add(-time.Second),
	}
	h.post()
	first := h.log.String()
	for passType, days := range map[string]int{"pass.a": 45, "pass.b": 0, "pass.c": 0, "pass.d": 0} {
		if line := fmt.Sprintf("level=INFO msg=certificate passTypeIdentifier=%s days=%d\n", passType, days); !strings.Contains(first, line) {
			t.Errorf("no %q in\n%s", line, first)
		}
	}
	h.expiries = map[string]time.Time{"pass.a": noon.AddDate(0, 0, 400)} // renewed
	h.post()
	if again := strings.TrimPrefix(h.log.String(), first); !strings.Contains(again, "passTypeIdentifier=pass.a days=400") {
		t.Errorf("log %s", again)
	}
}
