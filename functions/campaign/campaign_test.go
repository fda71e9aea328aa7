package campaign_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

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
