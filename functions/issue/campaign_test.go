package issue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/shared/wallet"
)

const campaignPath = "/issuer/v1/campaigns/pass.com.example.loyalty/points"

// campaign is an answer about a campaign.
type campaign struct {
	status int

	PassTypeIdentifier, Template, State, Reason   string
	Pace, First, WatchSeconds, Tolerance          int64
	TemplateRevision, Started, WatchUntil, Ended  string
	Round, Total, Done, Refused, Left, Complaints int64
	Findings                                      wallet.Findings
	Campaigns                                     []campaign
}

func (f fixture) campaign(method, target, body string) campaign {
	f.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/merge-patch+json")
	recorder := httptest.NewRecorder()
	f.api.ServeHTTP(recorder, r)
	c := campaign{status: recorder.Code}
	if err := json.Unmarshal(recorder.Body.Bytes(), &c); err != nil {
		f.t.Fatalf("%s %s: %d %q is not JSON: %v", method, target, recorder.Code, recorder.Body, err)
	}
	return c
}

// progress is what the runner writes.
func (f fixture) progress(change func(*wallet.Campaign)) {
	f.t.Helper()
	id := wallet.CampaignID{PassTypeIdentifier: card.PassTypeIdentifier, Template: "points"}
	seen, err := f.store.Campaign(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := wallet.UpdateCampaign(f.t.Context(), f.store, seen, func(c *wallet.Campaign) bool { change(c); return true }); err != nil {
		f.t.Fatal(err)
	}
}

func TestACampaignBeginsPausesAndGoesOn(t *testing.T) {
	f := newFixture(t)
	if c := f.campaign("GET", campaignPath, ""); c.status != 404 {
		t.Errorf("before there is one: %d", c.status)
	}
	if c := f.campaign("PATCH", campaignPath, `{"state":"paused"}`); c.status != 404 {
		t.Errorf("pause before there is one: %d", c.status)
	}
	if c := f.campaign("GET", "/issuer/v1/campaigns", ""); c.status != 200 || c.Campaigns == nil || len(c.Campaigns) != 0 {
		t.Errorf("none: %+v", c)
	}
	c := f.campaign("PUT", campaignPath, "")
	if c.status != 201 || c.State != "running" || c.Pace != 200 || c.First != 100 || c.WatchSeconds != 600 || c.Tolerance != 10 ||
		c.Template != "points" || c.PassTypeIdentifier != card.PassTypeIdentifier {
		t.Errorf("begun: %+v", c)
	}
	f.progress(func(c *wallet.Campaign) {
		c.Begin(time.Unix(1, 0), "r1", 1000)
		c.Advance(time.Unix(2, 0), "s", 50, 2, 1)
	})
	c = f.campaign("PATCH", campaignPath, `{"state":"paused","pace":7}`)
	if c.status != 200 || c.State != "paused" || c.Pace != 7 || c.First != 100 || c.Done != 50 || c.Total != 1000 || c.Refused != 2 || c.Left != 1 {
		t.Errorf("paused: %+v", c)
	}
	if c = f.campaign("GET", campaignPath, ""); c.State != "paused" || c.Done != 50 || c.TemplateRevision != "r1" || c.Started == "" || c.Ended != "" {
		t.Errorf("shown: %+v", c)
	}
	if c = f.campaign("PATCH", campaignPath, `{"state":"running"}`); c.State != "running" || c.Done != 50 {
		t.Errorf("goes on: %+v", c)
	}
	if c = f.campaign("PATCH", campaignPath, `{"state":"running"}`); c.State != "running" || c.Refused != 2 {
		t.Errorf("goes on as it does: %+v", c)
	}
	if c = f.campaign("PUT", campaignPath, `{"first":0,"watchSeconds":0,"tolerance":3}`); c.status != 200 || c.State != "running" || c.Done != 0 || c.First != 0 ||
		c.Tolerance != 3 || c.Pace != 200 || c.TemplateRevision != "" {
		t.Errorf("from the start: %+v", c)
	}
	if c = f.campaign("GET", "/issuer/v1/campaigns", ""); len(c.Campaigns) != 1 || c.Campaigns[0].Tolerance != 3 {
		t.Errorf("all: %+v", c)
	}
}

func TestWhatIsNoCampaign(t *testing.T) {
	f := newFixture(t)
	f.campaign("PUT", campaignPath, "")
	for _, test := range []struct {
		method, path, body string
		status             int
		findings           string
	}{
		{"PUT", "/issuer/v1/campaigns/pass.com.example.loyalty/nothing", "", 422, "/template"},
		{"PUT", "/issuer/v1/campaigns/example/points", "", 400, ""},
		{"GET", "/issuer/v1/campaigns/example/points", "", 400, ""},
		{"PUT", campaignPath, `{"state":"paused"}`, 422, "/state"},
		{"PUT", campaignPath, `{"pace":0,"first":-1,"watchSeconds":604801,"tolerance":"1","speed":1}`, 422, "/first /pace /speed /tolerance /watchSeconds"},
		{"PATCH", campaignPath, `{"state":"done","pace":5001}`, 422, "/pace /state"},
		{"PATCH", campaignPath, `{"pace":null}`, 422, "/pace"},
		{"PATCH", campaignPath, `[]`, 400, ""},
		{"DELETE", campaignPath, "", 405, ""},
	} {
		c := f.campaign(test.method, test.path, test.body)
		var paths []string
		for _, finding := range c.Findings {
			paths = append(paths, finding.Path)
		}
		if got := strings.Join(paths, " "); c.status != test.status || got != test.findings {
			t.Errorf("%s %s %s: %d %q, want %d %q", test.method, test.path, test.body, c.status, got, test.status, test.findings)
		}
	}
	if c := f.campaign("GET", campaignPath, ""); c.Pace != 200 || c.State != "running" {
		t.Errorf("what is refused has changed it: %+v", c)
	}
}

// spoilt is a store whose campaigns somebody has edited past reading.
type spoilt struct{ issue.Store }

func (spoilt) Campaign(context.Context, wallet.CampaignID) (wallet.Campaign, error) {
	return wallet.Campaign{}, fmt.Errorf("%w: field pace holds float64, want int64", wallet.ErrInvalid)
}

// That a record cannot be read is no fault of who asks for it.
func TestACampaignThatCannotBeRead(t *testing.T) {
	f := newFixture(t)
	f.api = issue.API{Store: spoilt{f.store}}.Routes(slog.New(slog.DiscardHandler))
	for _, method := range []string{"GET", "PUT", "PATCH"} {
		if c := f.campaign(method, campaignPath, ""); c.status != 500 {
			t.Errorf("%s: %d", method, c.status)
		}
	}
}
