package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
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
func (l said) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l said) WithGroup(string) slog.Handler          { return l }
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

func TestEveryPassComesUp(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 600)
		f.pass("other", "other")
		if f.call(); len(f.announced) != 0 {
			t.Fatalf("%d passes are announced, and all are up to date", len(f.announced))
		}
		f.change("second")
		c := f.call()
		if f.behind() != 0 || c.State != wallet.CampaignDone || c.Total != 600 || c.Done != 600 || len(f.announced) != 600 || c.Ended.IsZero() {
			t.Errorf("%d behind, %d announced: %+v", f.behind(), len(f.announced), c)
		}
		if f.call(); len(f.announced) != 600 {
			t.Error("what is done is done again")
		}
		f.change("third")
		if c := f.call(); f.behind() != 0 || c.State != wallet.CampaignDone {
			t.Errorf("the next revision: %+v", c)
		}
		f.check(errors.Join(f.Violations()...))
	})
}

// A template that is being uploaded has many revisions. Its passes follow the last.
func TestATemplateSettles(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 10)
		f.runner.Settle = 90 * time.Second
		for _, text := range []string{"half", "whole"} {
			f.change(text)
			if f.call(); len(f.announced) != 0 {
				t.Fatal("it did not wait")
			}
			time.Sleep(time.Minute)
		}
		if f.call(); len(f.announced) != 0 {
			t.Fatal("it did not wait long enough")
		}
		time.Sleep(time.Minute)
		if f.call(); f.behind() != 0 || len(f.announced) != 10 {
			t.Errorf("%d behind, %d announced", f.behind(), len(f.announced))
		}
	})
}

// Few go first. The others follow when a time has passed without complaints.
func TestSomeGoFirst(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 600)
		f.rules(func(c *wallet.Campaign) { c.First, c.Watch = 300, 10*time.Minute })
		f.change("second")
		f.call()
		if c := f.call(); len(f.announced) != 300 || c.Done != 300 || c.State != wallet.CampaignRunning {
			t.Fatalf("%d announced: %+v", len(f.announced), c)
		}
		if before := f.campaign(); f.call() != before {
			t.Error("it is written while it waits")
		}
		time.Sleep(10 * time.Minute)
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}

		f.change("third")
		f.call()
		f.rules(func(c *wallet.Campaign) { c.Complaints = 11 })
		if c := f.call(); c.State != wallet.CampaignStopped || len(f.announced) != 900 || !strings.Contains(c.Reason, "complained") {
			t.Errorf("%d announced in spite of complaints: %+v", len(f.announced), c)
		}
		f.change("mended") // starts it again
		f.call()
		time.Sleep(10 * time.Minute)
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Passes that cannot be packaged any more stop it. Those that could not before are no reason to.
func TestItStopsAtRefusals(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1200)
		f.refuses = func(serial string) bool { return serial < "s00020" }
		f.change("second")
		if c := f.call(); c.State != wallet.CampaignStopped || c.Refused != 20 || len(f.announced) > 1000 || !strings.Contains(c.Reason, "20 passes") {
			t.Fatalf("%d announced: %+v", len(f.announced), c)
		}
		if before := len(f.announced); f.call().State != wallet.CampaignStopped || len(f.announced) != before {
			t.Error("it goes on")
		}
		f.change("third")
		if c := f.call(); c.State != wallet.CampaignDone || c.Refused != 0 || f.behind() != 20 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
		f.refuses = func(string) bool { return false }
		f.change("fourth")
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

func TestPace(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1000)
		f.rules(func(c *wallet.Campaign) { c.Pace = 10 })
		f.change("second")
		began := time.Now()
		if c := f.call(); len(f.announced) > 510 || len(f.announced) < 450 || c.State != wallet.CampaignRunning || time.Since(began) > time.Minute {
			t.Errorf("%d announced in %v: %+v", len(f.announced), time.Since(began), c)
		}
		f.call()
		if c := f.call(); c.State != wallet.CampaignDone || time.Since(began) < 95*time.Second {
			t.Errorf("%v: %+v", time.Since(began), c)
		}
	})
}

// However slow the packager is, an update of a business finds only so many passes before it.
func TestFewAreOnTheirWay(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1100)
		f.takes = time.Hour
		f.change("second")
		if f.call(); len(f.announced) != 1000 {
			t.Errorf("%d announced", len(f.announced))
		}
	})
}

// What was lost on the way is announced again by the next call.
func TestLostAnnouncements(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		var n atomic.Int64
		f.packages = func(string) error {
			if n := n.Add(1); n%3 == 0 && n < 300 {
				return errLost
			}
			return nil
		}
		f.change("second")
		var c wallet.Campaign
		for range 10 {
			if c = f.call(); c.State == wallet.CampaignDone {
				break
			}
		}
		if c.State != wallet.CampaignDone || f.behind() != 0 || c.Done != 300 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// One pass that never comes up holds nobody back for ever, and is not forgotten: it is tried in three rounds, and then said.
func TestAPassThatNeverComesUp(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 20)
		f.packages = func(serial string) error {
			if serial == "s00010" {
				return errLost
			}
			return nil
		}
		f.change("second")
		var c wallet.Campaign
		for range 60 {
			if c = f.call(); c.State != wallet.CampaignRunning {
				break
			}
			time.Sleep(10 * time.Second)
		}
		if c.State != wallet.CampaignStopped || f.behind() != 1 || c.Left != 1 || c.Round != 3 || !strings.Contains(c.Reason, "1 passes") {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
		f.packages = func(string) error { return nil }
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Done != 20 {
			t.Errorf("%+v", c)
		}
	})
}

// Wherever a call is killed, the next goes on from what is done, and nothing is skipped.
func TestKills(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1500)
		f.change("second")
		kills := 0
		for f.behind() > 0 && kills < 100 {
			ctx, kill := context.WithCancel(t.Context())
			var announced atomic.Int64
			f.packages = func(string) error {
				if announced.Add(1) == int64(300+7*kills) {
					kill()
				}
				return nil
			}
			if _, err := f.try(ctx); err != nil {
				kills++
			}
			kill()
		}
		f.call()
		if kills < 3 || f.behind() != 0 || f.campaign().Done != 1500 {
			t.Errorf("%d kills, %d behind: %+v", kills, f.behind(), f.campaign())
		}
	})
}

// A bus that is down fails the call, and the next goes on.
func TestTheBusIsDown(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 100)
		f.packages = func(string) error { return errDown }
		f.change("second")
		if _, err := f.try(t.Context()); err == nil || errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%v", err)
		}
		f.packages = func(string) error { return nil }
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// Of two calls, the one that came later goes on.
func TestCallsOverlap(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1000)
		f.rules(func(c *wallet.Campaign) { c.Pace = 100 })
		f.change("second")
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				if err := f.handle(t.Context()); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(2 * time.Second)
		}
		calls.Wait()
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Done != 1000 || len(f.announced) > 2000 {
			t.Errorf("%d announced, %d behind: %+v", len(f.announced), f.behind(), c)
		}
	})
}

// The issuer pauses it in the middle of a call, changes its pace, and lets it go on: what was done stays done.
func TestPauseAndResume(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 1000)
		f.rules(func(c *wallet.Campaign) { c.Pace = 50 })
		f.change("second")
		go func() {
			time.Sleep(5 * time.Second)
			f.rules((*wallet.Campaign).Pause)
		}()
		c := f.call()
		paused := len(f.announced)
		if c.State != wallet.CampaignPaused || c.Done == 0 || paused > 600 {
			t.Fatalf("%d announced: %+v", paused, c)
		}
		f.change("third")
		if f.call(); len(f.announced) != paused {
			t.Error("a paused campaign goes on")
		}
		f.rules(func(c *wallet.Campaign) {
			c.Resume(time.Now())
			c.Pace = 5000
		})
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// A template that cannot be read, perhaps since it is half uploaded, holds up its own campaign and fails no call.
func TestABrokenTemplate(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 10)
		f.change("second")
		f.broken = wallet.Findings{{Path: "card.pass/pass.json", Rule: "TPL-JSON", Severity: wallet.SeverityError}}
		if c := f.call(); c.State != wallet.CampaignDone || len(f.announced) > 0 {
			t.Errorf("%d announced: %+v", len(f.announced), c)
		}
		f.broken = nil
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("mended: %d behind: %+v", f.behind(), c)
		}
	})
}

func TestATemplateThatIsGone(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 10)
		f.change("second")
		f.template = nil
		if c := f.call(); c.State != wallet.CampaignDone { // it was, and stays
			t.Errorf("%+v", c)
		}
		f.rules(func(c *wallet.Campaign) { c.State = wallet.CampaignRunning })
		if c := f.call(); c.State != wallet.CampaignStopped || !strings.Contains(c.Reason, "card") {
			t.Errorf("%+v", c)
		}
		f.change("again")
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// An issuer who lets one go on that is done looks at all passes once more.
func TestResumedWhenDone(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 10)
		f.change("second")
		f.call()
		f.passOf("s00000a", "card", "first") // by a packager that still had it
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Done != 11 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Passes that come in between, while a shard is on its way, hide no others.
func TestPassesThatComeInBetween(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		f.takes = time.Second
		f.packages = func(serial string) error {
			if serial == "s00249" { // the last of the first shard
				return errLost
			}
			return nil
		}
		f.change("second")
		go func() {
			time.Sleep(500 * time.Millisecond)
			f.pass("s00000a", "card")
			f.passOf("s00260a", "card", "first") // by a packager that still had it
		}()
		if c := f.call(); c.State != wallet.CampaignRunning || c.Done != 0 || c.After != "" {
			t.Fatalf("%d behind: %+v", f.behind(), c)
		}
		f.packages = func(string) error { return nil }
		for range 20 {
			f.call()
		}
		if c := f.campaign(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Done != 302 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Kills do not hide what was refused, nor count it twice.
func TestRefusalsAreCountedInSpiteOfKills(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		f.refuses = func(serial string) bool { return serial < "s00020" }
		f.rules(func(c *wallet.Campaign) { c.Tolerance = 19 })
		f.change("second")
		ctx, kill := context.WithCancel(t.Context())
		defer kill()
		f.packages = func(serial string) error {
			if serial == "s00240" {
				kill()
			}
			return nil
		}
		if c, err := f.try(ctx); err == nil || c.After != "" || f.behind() > 70 {
			t.Fatalf("%v, %d behind: %+v", err, f.behind(), c)
		}
		f.packages = func(string) error { return nil }
		if c := f.call(); c.State != wallet.CampaignStopped || c.Refused != 20 {
			t.Fatalf("%+v", c)
		}
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		if c := f.call(); c.State != wallet.CampaignDone || c.Refused != 20 || c.Done != 300 {
			t.Errorf("what was forgiven: %+v", c)
		}
	})
}

// The store's client repeats a write whose answer was lost. What the first has done is not done again.
func TestAnswersAreLost(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		f.lossy = true
		f.refuses = func(serial string) bool { return serial < "s00010" }
		f.packages = func(serial string) error {
			if serial == "s00270" && f.campaign().Round == 1 {
				return errLost
			}
			return nil
		}
		f.change("second")
		for range 20 {
			f.call()
		}
		if c := f.campaign(); c.State != wallet.CampaignDone || f.behind() != 10 || c.Done != 300 || c.Refused != 10 || c.Round != 2 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Those that go first are as many as the issuer says now.
func TestFewerGoFirst(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		f.rules(func(c *wallet.Campaign) { c.First, c.Watch, c.Pace = 200, time.Hour, 3 })
		f.change("second")
		f.call()
		f.rules(func(c *wallet.Campaign) { c.First = 20 })
		if c := f.call(); c.State != wallet.CampaignRunning || c.Done < 140 || c.Done > 160 || c.WatchUntil.IsZero() {
			t.Fatalf("%+v", c)
		}
		time.Sleep(time.Hour)
		f.rules(func(c *wallet.Campaign) { c.Pace = 5000 })
		f.call()
		if c := f.campaign(); c.State != wallet.CampaignDone || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Where those that go first do not come up, the others do not follow; and after the watch, nobody has less time than before.
func TestThoseThatGoFirstDoNotComeUp(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 100)
		f.rules(func(c *wallet.Campaign) { c.First, c.Watch = 11, time.Hour })
		f.packages = func(string) error { return errLost }
		f.change("second")
		for range 15 {
			f.call()
		}
		if c := f.campaign(); c.State != wallet.CampaignStopped || c.Left != 11 || !strings.Contains(c.Reason, "11 of the passes that go first") {
			t.Fatalf("%+v", c)
		}
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		time.Sleep(time.Hour)
		f.packages, f.takes = func(string) error { return nil }, 40*time.Second
		for range 4 {
			f.call()
		}
		if c := f.campaign(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Round != 2 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// Passes have their time when a campaign was not driven for long, or has waited.
func TestPassesHaveTheirTime(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 30)
		f.runner.Settle, f.takes = time.Hour, 25*time.Second
		f.rules(func(c *wallet.Campaign) { c.First, c.Watch = 10, time.Hour })
		f.change("second")
		f.call()
		time.Sleep(time.Hour)
		if c := f.call(); c.Done != 10 || c.Left != 0 {
			t.Fatalf("%+v", c)
		}
		time.Sleep(time.Hour)
		f.takes = 40 * time.Second
		if c := f.call(); c.State != wallet.CampaignDone || c.Round != 1 {
			t.Errorf("%+v", c)
		}
	})
}

// In another round, what the call before has announced is announced again.
func TestAnotherRoundAnnouncesAgain(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 300)
		f.packages = func(serial string) error {
			if serial == "s00000" || serial == "s00299" {
				return errLost
			}
			return nil
		}
		f.change("second")
		for range 20 {
			if f.call().Left == 1 {
				break
			}
		}
		f.packages = func(string) error { return nil }
		f.bringUp(wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "s00299"}) // late
		if c := f.call(); c.State != wallet.CampaignDone || c.Round != 2 || f.behind() != 0 {
			t.Errorf("%d behind: %+v", f.behind(), c)
		}
	})
}

// What is on its way is not announced by each call again, or a queue that is slow would be filled from minute to minute; only
// when it may have been lost.
func TestWhatIsOnItsWay(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 100)
		f.packages = func(string) error { return errLost }
		f.change("second")
		began := time.Now()
		for range 5 {
			if c := f.call(); len(f.announced) != 100 || c.State != wallet.CampaignRunning {
				t.Fatalf("%d announced in %v: %+v", len(f.announced), time.Since(began), c)
			}
			time.Sleep(9 * time.Second)
		}
		time.Sleep(10 * time.Second)
		if f.call(); len(f.announced) != 200 {
			t.Fatalf("%d announced in %v", len(f.announced), time.Since(began))
		}
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		if f.call(); len(f.announced) != 300 {
			t.Errorf("%d announced when it is resumed", len(f.announced))
		}
	})
}

// An issuer, or another call, may come before any write of a call, which then leaves the campaign to them.
func TestInTheMiddle(t *testing.T) {
	for name, change := range map[string]func(*wallet.Campaign){
		"put anew": func(c *wallet.Campaign) {
			*c = wallet.Campaign{ID: id, State: wallet.CampaignRunning, Pace: 1, Revision: c.Revision}
		},
		"paused":                (*wallet.Campaign).Pause,
		"begun by another call": func(c *wallet.Campaign) { c.Begin(time.Now(), "later", 7) },
	} {
		for _, write := range []string{"begins", "takes over", "advances"} {
			t.Run(name+", when it "+write, func(t *testing.T) {
				test(t, func(t *testing.T) {
					f := newField(t, 10)
					f.runner.Settle = time.Minute
					f.change("second")
					var left wallet.Campaign
					f.saves = func(c wallet.Campaign) {
						if write == "begins" || write == "takes over" && c.Driver != "" || write == "advances" && c.After != "" {
							f.saves = func(wallet.Campaign) {}
							f.rules(change)
							left = f.campaign()
						}
					}
					for left.Revision == 0 {
						f.call()
						time.Sleep(time.Minute)
					}
					if c := f.campaign(); c != left {
						t.Errorf("it was left as %+v, and became %+v", left, c)
					}
					if write != "advances" && len(f.announced) > 0 {
						t.Errorf("%d announced", len(f.announced))
					}
				})
			})
		}
	}
}

// What has stopped is said with every call until somebody acts, however it stopped: a call may be killed before it says so.
func TestAStopIsSaid(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 100)
		f.refuses = func(string) bool { return true }
		f.change("second")
		for want := 1; want <= 3; want++ {
			if c := f.call(); c.State != wallet.CampaignStopped || f.stopped != want {
				t.Errorf("said %d times, want %d: %+v", f.stopped, want, c)
			}
		}
		f.rules((*wallet.Campaign).Pause)
		if f.call(); f.stopped != 3 {
			t.Error("said of one that is paused")
		}
		f.rules(func(c *wallet.Campaign) { c.State = wallet.CampaignRunning; c.Refused = 0 })
		f.template = nil
		if f.call(); f.stopped != 4 {
			t.Error("not said of one whose template is gone")
		}
	})
}
