package campaign_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

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
