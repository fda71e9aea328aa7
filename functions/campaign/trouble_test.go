package campaign_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

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

// A template that cannot be read, perhaps since it is half uploaded, holds up its own campaign and fails no call. The campaign says
// why it waits, for as long as it does.
func TestABrokenTemplate(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 10)
		waits := func(when string, state wallet.CampaignState) {
			t.Helper()
			for range 2 {
				if c := f.call(); c.State != state || len(f.announced) > 0 || !strings.Contains(c.Reason, "card is broken") || !strings.Contains(c.Reason, "TPL-JSON card.pass/pass.json") {
					t.Errorf("%s: %d announced: %+v", when, len(f.announced), c)
				}
			}
		}
		goes := func(when string) {
			t.Helper()
			if c := f.call(); c.State != wallet.CampaignDone || f.behind() != 0 || c.Reason != "" {
				t.Errorf("%s: %d behind: %+v", when, f.behind(), c)
			}
		}
		broken := wallet.Findings{
			{Path: "card.pass/icon.png", Rule: "IMG-1", Severity: wallet.SeverityWarning},
			{Path: "card.pass/pass.json", Rule: "TPL-JSON", Severity: wallet.SeverityError},
		}
		f.broken = broken
		waits("done", wallet.CampaignDone)
		f.broken = nil
		goes("as it was before")
		f.change("second")
		f.broken = broken
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		waits("running", wallet.CampaignRunning)
		f.rules((*wallet.Campaign).Pause)
		f.broken = nil
		f.rules(func(c *wallet.Campaign) { c.Resume(time.Now()) })
		goes("mended")
	})
}

// Why it has stopped is not forgotten over a template that is broken since.
func TestABrokenTemplateOfAStoppedCampaign(t *testing.T) {
	test(t, func(t *testing.T) {
		f := newField(t, 100)
		f.refuses = func(string) bool { return true }
		f.change("second")
		stopped := f.call()
		f.broken = wallet.Findings{{Path: "card.pass/pass.json", Rule: "TPL-JSON", Severity: wallet.SeverityError}}
		if c := f.call(); c.State != wallet.CampaignStopped || c.Reason != stopped.Reason {
			t.Errorf("%+v", c)
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
