package wallet_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

var campaignID = wallet.CampaignID{PassTypeIdentifier: "pass.com.example.loyalty", Template: "points"}

// begun is a campaign that has just begun, without passes that go first.
func begun() wallet.Campaign {
	c := wallet.NewCampaign(campaignID)
	c.First = 0
	c.Begin(noon, "r2", 100)
	return c
}

func TestCampaignNames(t *testing.T) {
	for template, good := range map[string]bool{
		"points": true, "My.Card_2-x": true, strings.Repeat("x", 100): true,
		"": false, strings.Repeat("x", 101): false, "a/b": false, "..": false, "__a__": false, "ä": false,
	} {
		err := wallet.CampaignID{PassTypeIdentifier: campaignID.PassTypeIdentifier, Template: template}.Validate()
		if (err == nil) != good || err != nil && !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q: %v", template, err)
		}
	}
	if (wallet.CampaignID{PassTypeIdentifier: "example", Template: "points"}).Validate() == nil {
		t.Error("a bad pass type is taken")
	}
}

func TestWhoIsBehindACampaign(t *testing.T) {
	c := begun()
	problem := func(revision string, regression bool) *wallet.Problem {
		return &wallet.Problem{TemplateRevision: revision, Regression: regression}
	}
	for name, test := range map[string]struct {
		pkg             wallet.CurrentPackage
		behind, refused bool
	}{
		"made with the newest revision":     {wallet.CurrentPackage{Template: "points", TemplateRevision: "r2"}, false, false},
		"made with an older revision":       {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1"}, true, false},
		"made with another template":        {wallet.CurrentPackage{Template: "stamps", TemplateRevision: "r1"}, false, false},
		"its document is gone":              {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1", DocumentGone: true}, false, false},
		"refused with the newest revision":  {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1", Problem: problem("r2", true)}, false, true},
		"refused as it was before":          {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1", Problem: problem("r2", false)}, false, false},
		"refused with an older revision":    {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1", Problem: problem("r1", true)}, true, false},
		"to be tried again":                 {wallet.CurrentPackage{Template: "points", TemplateRevision: "r1", Problem: problem("", true)}, true, false},
		"never packaged":                    {wallet.CurrentPackage{Template: "points", Problem: problem("r1", false)}, true, false},
		"uses another that it cannot fill":  {wallet.CurrentPackage{Template: "stamps", TemplateRevision: "r1", Problem: problem("r2", true)}, false, false},
		"a later write of it was refused":   {wallet.CurrentPackage{Template: "points", TemplateRevision: "r2", Problem: problem("r2", false)}, false, false},
		"of before the template's was kept": {wallet.CurrentPackage{TemplateRevision: "r1"}, false, false},
	} {
		if c.Behind(test.pkg) != test.behind || c.Refuses(test.pkg) != test.refused {
			t.Errorf("%s: behind %t, refused %t", name, c.Behind(test.pkg), c.Refuses(test.pkg))
		}
	}
}

func TestACampaignEnds(t *testing.T) {
	c := begun()
	c.Advance(noon.Add(time.Second), "s1", 90, 0, 10)
	if c.State != wallet.CampaignRunning || c.After != "s1" || c.Done != 90 || c.Left != 10 || !c.Moved.Equal(noon.Add(time.Second)) {
		t.Fatalf("%+v", c)
	}
	c.Finish(noon)
	if c.State != wallet.CampaignRunning || c.Round != 2 || c.After != "" || c.Done != 0 || c.Left != 0 {
		t.Fatalf("a round that left some behind: %+v", c)
	}
	c.Advance(noon, "s1", 100, 0, 0)
	c.Sent = "s9"
	c.Finish(noon)
	if c.State != wallet.CampaignDone || c.After != "" || c.Sent != "" || !c.Ended.Equal(noon) || c.Done != 100 {
		t.Errorf("%+v", c)
	}
	c.Begin(noon, "r3", 7)
	if c.State != wallet.CampaignRunning || c.Done != 0 || c.Total != 7 || c.Round != 1 || !c.Ended.IsZero() || c.TemplateRevision != "r3" || c.Pace != wallet.CampaignPace {
		t.Errorf("begun anew: %+v", c)
	}
}

func TestACampaignStopsAtTrouble(t *testing.T) {
	c := begun()
	c.Advance(noon, "s1", 50, 10, 0)
	if c.Complaints = 10; c.Judge(noon) || c.State != wallet.CampaignRunning {
		t.Fatalf("as much as it tolerates: %+v", c)
	}
	if c.Complaints++; !c.Judge(noon) || c.State != wallet.CampaignStopped || !strings.Contains(c.Reason, "complained 11 times") || c.Ended.IsZero() {
		t.Errorf("%+v", c)
	}
	if c.Judge(noon) {
		t.Error("it stops twice")
	}
	c.Sent = "s9"
	c.Resume(noon.Add(time.Hour))
	if c.State != wallet.CampaignRunning || c.Reason != "" || c.Sent != "" || c.Complaints != 0 || c.Refused != 10 || c.Done != 50 || !c.Ended.IsZero() || !c.Moved.Equal(noon.Add(time.Hour)) {
		t.Errorf("resumed: %+v", c)
	}
	if c.Advance(noon, "s2", 50, 10, 0); c.State != wallet.CampaignRunning {
		t.Errorf("what was forgiven stops it: %+v", c)
	}
	if c.Advance(noon, "s3", 50, 1, 0); c.State != wallet.CampaignStopped || !strings.Contains(c.Reason, "21 passes") {
		t.Errorf("%+v", c)
	}
	if c.Finish(noon); c.State != wallet.CampaignStopped {
		t.Error("what has stopped is done")
	}
}

func TestThoseThatGoFirst(t *testing.T) {
	c := begun()
	if c.Upcoming() >= 0 || c.Waits(noon) {
		t.Error("all may go, and some have to wait")
	}
	c.First = 10
	if c.Upcoming() != 10 {
		t.Errorf("%d may go", c.Upcoming())
	}
	if c.Advance(noon, "s1", 6, 0, 1); c.Upcoming() != 3 || c.Waits(noon) {
		t.Errorf("%d may go", c.Upcoming())
	}
	c.Advance(noon, "s2", 3, 0, 0)
	if end := noon.Add(c.Watch); !c.Waits(end.Add(-1)) || c.Waits(end) || c.Upcoming() >= 0 {
		t.Errorf("%+v", c)
	}
}
