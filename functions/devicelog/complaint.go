package devicelog

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Campaigns is where complaints are counted, for those campaigns that run.
type Campaigns interface {
	wallet.Campaigns
	// Campaigns yields all campaigns. A record that cannot be read is a [wallet.ErrInvalid] in its place; any other error ends
	// the sequence.
	Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error]
}

// between is the least time between two looks at the campaigns, so that whoever floods the log does not flood the store. It is
// also how long a request may have to wait for that.
const between = 2 * time.Second

// mostTypes bounds the pass types that are remembered between two looks. Anybody can make up names.
const mostTypes = 100

// complaint finds what devices say of a pass that they cannot use, and its pass type.
var complaint = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(names + `(pass\.[A-Za-z0-9.-]{1,120}).*(?:invalid (?:pass )?data|malformed|cannot be read|isn.t valid)`)
})

// names stands before the pass type in a device's line. Most lines are not worth more than a look for it.
const names = "pass type "

// complaints are counted by pass type until somebody tells the campaigns.
type complaints struct {
	store Campaigns
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	count  map[string]int64 // by pass type
	next   time.Time        // when they may be told
	waited bool             // a request waits for that
}

// note takes the lines of one request into account. Complaints that come too early to be told make the first of their requests
// wait, which then tells those of all: devices that were pushed to at the same time complain at the same time, and then no more.
func (c *complaints) note(ctx context.Context, lines []string) {
	wait, ours := c.add(lines)
	if !ours {
		return
	}
	early := time.NewTimer(wait)
	defer early.Stop()
	select {
	case <-early.C:
	case <-ctx.Done():
		c.leave()
		return
	}
	if err := c.tell(ctx, c.take()); err != nil {
		c.log.WarnContext(ctx, "complaints not counted", wallet.ErrorAttr(err))
	}
}

// add counts the lines that are complaints. When there are any and no other request is about to tell them, it is ours to do that
// after a while.
func (c *complaints) add(lines []string) (wait time.Duration, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, line := range lines {
		if !strings.Contains(line, names) {
			continue
		}
		if found := complaint().FindStringSubmatch(line); found != nil && (c.count[found[1]] > 0 || len(c.count) < mostTypes) {
			c.count[found[1]]++
		}
	}
	if len(c.count) == 0 || c.waited {
		return 0, false
	}
	c.waited = true
	return min(c.next.Sub(c.now()), between), true
}

// take returns what was counted.
func (c *complaints) take() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := c.count
	c.count, c.next, c.waited = make(map[string]int64), c.now().Add(between), false
	return count
}

// leave leaves what was counted to the next request.
func (c *complaints) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited = false
}

// tell adds what was counted to the campaigns that run.
func (c *complaints) tell(ctx context.Context, count map[string]int64) error {
	for campaign, err := range c.store.Campaigns(ctx) {
		switch n := count[campaign.ID.PassTypeIdentifier]; {
		case errors.Is(err, wallet.ErrInvalid): // whoever drives it says so
		case err != nil:
			return err
		case n > 0:
			_, err := wallet.UpdateCampaign(ctx, c.store, campaign, func(campaign *wallet.Campaign) bool {
				campaign.Complaints += n
				return campaign.State == wallet.CampaignRunning
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
