package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

const passType = "pass.com.example.loyalty"

var id = wallet.CampaignID{PassTypeIdentifier: passType, Template: "card"}

// A field is a runner between passes and a packager that can be told to misbehave.
type field struct {
	*inmem.Store
	t      *testing.T
	runner campaign.Runner

	mu        sync.Mutex
	template  *template.Template // nil for none
	broken    error              // why it cannot be read
	announced []string           // serial numbers
	packages  func(serial string) error
	refuses   func(serial string) bool
	takes     time.Duration // from an announcement to the package
	saves     func(wallet.Campaign)
	lossy     bool // the answer to each write of the campaign is lost
	stopped   int  // lines that say so
	working   sync.WaitGroup
}

// newField has so many passes that were made with the first revision of their template.
func newField(t *testing.T, passes int) *field {
	f := &field{
		Store: inmem.NewStoreAt(time.Now), t: t, takes: time.Millisecond,
		packages: func(string) error { return nil }, refuses: func(string) bool { return false }, saves: func(wallet.Campaign) {},
	}
	f.runner = campaign.Runner{Store: f, Templates: f, Events: f, Log: slog.New(said{f}), Now: time.Now}
	f.change("first")
	for i := range passes {
		f.pass(fmt.Sprintf("s%05d", i), "card")
	}
	c := wallet.NewCampaign(id)
	c.First, c.Pace = 0, 5000
	c.Begin(time.Now(), f.template.Revision(), int64(passes))
	c.Finish(time.Now())
	f.save(c)
	return f
}

func (f *field) pass(serial, template string) {
	f.passOf(serial, template, f.template.Revision())
}

func (f *field) passOf(serial, template, revision string) {
	pkg := wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}}.Next(time.Now())
	pkg.Template, pkg.TemplateRevision = template, revision
	_, err := f.SavePackage(f.t.Context(), pkg)
	f.check(err)
}

// said counts what is said of campaigns that stopped.
type said struct{ *field }

func (said) Enabled(context.Context, slog.Level) bool { return true }

func (l said) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l said) WithGroup(string) slog.Handler { return l }

func (l said) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "campaign stopped" {
		l.stopped++
	}
	return nil
}

// SaveCampaign is the store's, whose client repeats a write when its answer was lost, and then finds a conflict.
func (f *field) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	f.saves(c)
	revision, err := f.Store.SaveCampaign(ctx, c)
	if f.lossy && err == nil && revision != c.Revision {
		err = wallet.ErrConflict
	}
	return revision, err
}

func (f *field) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// change gives the template another text, and so another revision.
func (f *field) change(text string) {
	set, err := template.LoadAll(fstest.MapFS{"card.pass/pass.json": {Data: []byte(`{"description":"` + text + `","generic":{}}`)}})
	f.check(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.template = set["card"]
}

// Template is the [template.Set].
func (f *field) Template(_ context.Context, name string) (*template.Template, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return nil, f.broken
	}
	if f.template == nil || name != "card" {
		return nil, &template.UnknownError{Name: name}
	}
	return f.template, nil
}

// PassChanged is the bus, with the packager behind it.
func (f *field) PassChanged(_ context.Context, e wallet.PassChanged) error {
	f.mu.Lock()
	f.announced = append(f.announced, e.SerialNumber)
	f.mu.Unlock()
	if err := f.packages(e.SerialNumber); err != nil {
		if errors.Is(err, errLost) {
			return nil
		}
		return err
	}
	f.working.Go(func() {
		time.Sleep(f.takes)
		f.bringUp(e.PassID)
	})
	return nil
}

var (
	errLost = errors.New("lost on the way")
	errDown = errors.New("down")
)

// bringUp is what the packager does of its own accord, too.
func (f *field) bringUp(pass wallet.PassID) {
	ctx := context.Background()
	pkg, err := f.CurrentPackage(ctx, pass)
	if err != nil {
		f.t.Error(err)
	}
	t, _ := f.Template(ctx, "card")
	next := pkg.Same()
	if f.refuses(pass.SerialNumber) {
		next.Problem = wallet.NewProblem(time.Now(), 0, wallet.Findings{{Severity: wallet.SeverityError}})
		next.Problem.TemplateRevision = t.Revision()
		next.Problem.Regression = pkg.Problem == nil || pkg.Problem.Regression && pkg.Problem.TemplateRevision == t.Revision()
	} else {
		next = pkg.Next(time.Now())
		next.TemplateRevision = t.Revision()
	}
	if _, err := f.SavePackage(ctx, next); err != nil && !errors.Is(err, wallet.ErrConflict) {
		f.t.Error(err)
	}
}

// call is the Scheduler's: it returns what the campaign is afterwards.
func (f *field) call() wallet.Campaign {
	f.t.Helper()
	c, err := f.try(f.t.Context())
	f.check(err)
	return c
}

func (f *field) try(ctx context.Context) (wallet.Campaign, error) {
	f.t.Helper()
	err := f.handle(ctx)
	f.working.Wait()
	return f.campaign(), err
}

func (f *field) handle(ctx context.Context) error {
	return f.runner.Handle(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil))
}

func (f *field) campaign() wallet.Campaign {
	f.t.Helper()
	c, err := f.Campaign(context.Background(), id)
	f.check(err)
	return c
}

func (f *field) save(c wallet.Campaign) {
	f.t.Helper()
	_, err := f.SaveCampaign(f.t.Context(), c)
	f.check(err)
}

// rules changes what the issuer may set.
func (f *field) rules(change func(*wallet.Campaign)) {
	f.t.Helper()
	_, err := wallet.UpdateCampaign(f.t.Context(), f, f.campaign(), func(c *wallet.Campaign) bool {
		change(c)
		return true
	})
	f.check(err)
}

// behind counts the passes that are not made with the template as it stands.
func (f *field) behind() int {
	n := 0
	for pkg, err := range f.CurrentPackages(f.t.Context(), "", "") {
		f.check(err)
		if pkg.Template == "card" && pkg.TemplateRevision != f.template.Revision() {
			n++
		}
	}
	return n
}

func test(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, run)
}
