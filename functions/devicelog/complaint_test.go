package devicelog_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/devicelog"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const (
	invalid = `[2026-11-22 12:00:00 +0000] Get pass task (pass type pass.com.example.loyalty, serial number card-1, if-modified-since (null); ` +
		`with web service url https://passes.example.com) encountered error: Received invalid pass data (The pass cannot be read because it isn’t valid.)`
	network = `[2026-11-22 12:00:00 +0000] Register task (for device d, pass type pass.com.example.loyalty, serial number card-1; ` +
		`with web service url https://passes.example.com) encountered error: Unexpected response code 503`
)

// campaigns are what complaints are counted for. looks counts how often they were asked for.
type campaigns struct {
	*inmem.Store
	t     *testing.T
	looks int
	err   error
}

func (c *campaigns) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	c.looks++
	if c.err != nil {
		return func(yield func(wallet.Campaign, error) bool) { yield(wallet.Campaign{}, c.err) }
	}
	return c.Store.Campaigns(ctx)
}

func (c *campaigns) begin(passType, template string, state wallet.CampaignState) {
	campaign := wallet.NewCampaign(wallet.CampaignID{PassTypeIdentifier: passType, Template: template})
	campaign.State = state
	if _, err := c.SaveCampaign(c.t.Context(), campaign); err != nil {
		c.t.Fatal(err)
	}
}

func (c *campaigns) complaints(passType, template string) int64 {
	campaign, err := c.Campaign(c.t.Context(), wallet.CampaignID{PassTypeIdentifier: passType, Template: template})
	if err != nil {
		c.t.Fatal(err)
	}
	return campaign.Complaints
}

func TestComplaintsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &campaigns{Store: inmem.NewStore(), t: t}
		const loyalty, tickets = "pass.com.example.loyalty", "pass.com.example.tickets"
		c.begin(loyalty, "points", wallet.CampaignRunning)
		c.begin(loyalty, "stamps", wallet.CampaignPaused)
		c.begin(tickets, "points", wallet.CampaignRunning)
		router := webservice.NewRouter(slog.New(slog.DiscardHandler)).
			Handle(webservice.LogMessages, devicelog.New(c, slog.New(slog.DiscardHandler), time.Now))
		sayIn := func(ctx context.Context, lines ...string) {
			for i := range lines {
				lines[i] = quote(lines[i])
			}
			answer := httptest.NewRecorder()
			body := strings.NewReader(`{"logs":[` + strings.Join(lines, ",") + `]}`)
			router.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, "POST", "/v1/log", body))
			if answer.Code != 200 {
				t.Errorf("answered %d", answer.Code)
			}
		}
		say := func(lines ...string) { sayIn(t.Context(), lines...) }
		want := func(loyal, paused, other int64, looks int) {
			t.Helper()
			if a, b, d := c.complaints(loyalty, "points"), c.complaints(loyalty, "stamps"), c.complaints(tickets, "points"); a != loyal || b != paused || d != other || c.looks != looks {
				t.Errorf("complaints %d, %d and %d after %d looks, want %d, %d and %d after %d", a, b, d, c.looks, loyal, paused, other, looks)
			}
		}
		say(network, "hello", "")
		want(0, 0, 0, 0) // nothing of it is about what was sent
		began := time.Now()
		say(invalid, network, invalid)
		want(2, 0, 0, 1)
		if time.Since(began) != 0 {
			t.Error("the first waits")
		}

		// Who floods the log does not flood the store, and what came last is counted although nothing follows.
		var crowd sync.WaitGroup
		for i := range 300 {
			crowd.Go(func() { say(invalid, strings.Replace(invalid, "loyalty", fmt.Sprint("made-up-", i), 1)) })
		}
		synctest.Wait()
		want(2, 0, 0, 1)
		say(strings.Replace(invalid, "loyalty", "tickets", 1)) // a hundred types are remembered, and tickets is not among them
		crowd.Wait()
		want(302, 0, 0, 2)
		if waited := time.Since(began); waited != 2*time.Second {
			t.Errorf("told after %v", waited)
		}

		// The one who was to tell may hang up.
		ctx, hangUp := context.WithCancel(t.Context())
		hangUp()
		sayIn(ctx, strings.Replace(invalid, "loyalty", "tickets", 1))
		want(302, 0, 0, 2)
		say(network)
		want(302, 0, 1, 3)

		time.Sleep(time.Minute)
		c.err = errors.New("down")
		say(invalid)
		c.err = nil
		want(302, 0, 1, 4)
	})
}
