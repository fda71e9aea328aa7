package sweep_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Each template that is in use gets a campaign, which from then on notices when the template changes. One that is there stays
// as it is.
func TestTemplatesInUseGetCampaigns(t *testing.T) {
	h := newHouse(t)
	for serial, template := range map[string]string{"a": "points", "b": "points", "c": "stamps", "d": "", "e": "no/name", "f": "simple"} {
		h.write(serial)
		h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
			next := pkg.Next(h.now)
			next.Template = template
			return next
		})
	}
	name := func(template string) wallet.CampaignID {
		return wallet.CampaignID{PassTypeIdentifier: passType, Template: template}
	}
	paused := wallet.NewCampaign(name("simple"))
	paused.Pause()
	_, err := h.SaveCampaign(t.Context(), paused)
	h.check(err)
	for range 2 {
		h.now = h.now.Add(7 * time.Hour)
		if _, ok := h.sweep(); !ok {
			t.Fatal("it fails")
		}
	}
	states := make(map[string]wallet.CampaignState)
	for c, err := range h.Campaigns(t.Context()) {
		h.check(err)
		states[c.ID.Template] = c.State
	}
	if len(states) != 3 || states["points"] != wallet.CampaignRunning || states["stamps"] != wallet.CampaignRunning || states["simple"] != wallet.CampaignPaused {
		t.Errorf("campaigns %v", states)
	}
}

// What a campaign has missed is found by the walk: a package of before the names of templates were kept, and one that was made
// with an older revision when the campaign was past it. Where a campaign is still to come by, it is left to that.
func TestPackagesThatNoCampaignBringsUp(t *testing.T) {
	campaign := func(state wallet.CampaignState) wallet.Campaign {
		c := wallet.NewCampaign(wallet.CampaignID{PassTypeIdentifier: passType, Template: "points"})
		c.State, c.TemplateRevision = state, "new"
		return c
	}
	made := func(template, revision string, problem *wallet.Problem) wallet.CurrentPackage {
		return wallet.CurrentPackage{Template: template, TemplateRevision: revision, Problem: problem}
	}
	for name, test := range map[string]struct {
		state wallet.CampaignState
		pkg   wallet.CurrentPackage
		gone  bool
		after time.Duration
		want  string
	}{
		"of before":                       {wallet.CampaignDone, made("", "old", nil), false, afterGrace, "changed a"},
		"of before, refused":              {wallet.CampaignDone, made("", "old", &wallet.Problem{}), false, afterGrace, "packaged a 1"},
		"of before, gone":                 {wallet.CampaignDone, made("", "old", nil), true, afterGrace, "packaged a 1"},
		"missed":                          {wallet.CampaignDone, made("points", "old", nil), false, afterGrace, "changed a"},
		"missed just now":                 {wallet.CampaignDone, made("points", "old", nil), false, grace - time.Second, ""},
		"up":                              {wallet.CampaignDone, made("points", "new", nil), false, afterGrace, "packaged a 1"},
		"refused":                         {wallet.CampaignDone, made("points", "old", &wallet.Problem{TemplateRevision: "new"}), false, afterGrace, "packaged a 1"},
		"to be met":                       {wallet.CampaignRunning, made("points", "old", nil), false, afterGrace, "packaged a 1"},
		"of one that is paused":           {wallet.CampaignPaused, made("points", "old", nil), false, afterGrace, "packaged a 1"},
		"of one that has stopped":         {wallet.CampaignStopped, made("points", "old", nil), false, afterGrace, "packaged a 1"},
		"of another template, with a new": {wallet.CampaignDone, made("stamps", "old", nil), false, afterGrace, "packaged a 1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			_, err := h.SaveCampaign(t.Context(), campaign(test.state))
			h.check(err)
			h.write("a")
			if test.gone {
				h.DeleteDocument(id("a"))
			}
			h.packaged("a", func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
				next := pkg.Next(h.now)
				next.Template, next.TemplateRevision, next.Problem = test.pkg.Template, test.pkg.TemplateRevision, test.pkg.Problem
				return next
			})
			h.now = h.now.Add(test.after)
			h.wantSwept(name, test.want)
			if strings.Contains(h.log.String(), "ahead of package") {
				t.Error("it is said to be behind its document")
			}
		})
	}
}

// All packages may be outdated at once. They are not announced at once.
func TestOutdatedPackagesAreAnnouncedBitByBit(t *testing.T) {
	h := newHouse(t)
	for i := range 1001 {
		serial := fmt.Sprintf("s%04d", i)
		h.write(serial)
		h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage { return pkg.Next(h.now) })
	}
	h.now = h.now.Add(afterGrace)
	if got, ok := h.sweep(); !ok || strings.Count(got, "changed") != 1000 || strings.Count(got, "packaged") != 1 {
		t.Errorf("%.200s", got)
	}
}

// A template that a document has made up gets no campaign: it would have nothing to do but to stop.
func TestATemplateThatThereIsNot(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.packaged("a", func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Same()
		next.Template, next.Problem = "made-up", &wallet.Problem{}
		return next
	})
	h.now = h.now.Add(afterGrace)
	h.wantSwept("a", "")
	for c, err := range h.Campaigns(t.Context()) {
		h.check(err)
		t.Errorf("there is %v", c.ID)
	}
}

// The template of a document may be uploaded after the document: a refusal for its absence is tried again, at three ages, and
// then left alone, since most such names are mistakes.
func TestATemplateThatMayComeLater(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.packaged("a", func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Same()
		next.Template, next.Problem = "late", wallet.NewProblem(h.now, 0, wallet.Findings{{Rule: "TPL-UNKNOWN", Severity: wallet.SeverityError}})
		return next
	})
	tries := 0
	for range 4 * 24 * 4 {
		h.now = h.now.Add(15 * time.Minute)
		got, ok := h.sweep()
		if !ok || got != "" && got != "changed a" {
			t.Fatalf("ok %v, announced %q", ok, got)
		}
		if got != "" {
			tries++
		}
	}
	if tries < 3 || tries > 6 { // where the times of two walks overlap, an age is met twice
		t.Errorf("%d tries", tries)
	}
	if strings.Contains(h.log.String(), "ahead of package") {
		t.Error("it is said to be behind its document")
	}
}

// spoilt has campaigns that somebody has edited past reading.
type spoilt struct {
	*house
	template string
}

func (s spoilt) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	if id.Template == s.template {
		return wallet.Campaign{}, fmt.Errorf("%w: read campaign %v: field pace holds float64, want int64", wallet.ErrInvalid, id)
	}
	return s.house.Campaign(ctx, id)
}

// Promise 6: a campaign that cannot be read is said to be so, and stops neither the walk nor another campaign.
func TestPromise6_ACampaignThatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	for serial, template := range map[string]string{"a": "points", "b": "points", "c": "stamps"} {
		h.write(serial)
		h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
			next := pkg.Next(h.now)
			next.Template = template
			return next
		})
	}
	h.now = h.now.Add(afterGrace)
	answer := h.postTo(spoilt{h, "points"})
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"documents":3,"ahead":0,"packages":3`) || !strings.Contains(answer.Body.String(), `"unreadable":1`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if strings.Count(h.log.String(), `msg="unreadable campaign"`) != 1 || !strings.Contains(h.log.String(), "campaign "+passType+"/points") {
		t.Errorf("the log does not name it once:\n%s", &h.log)
	}
	if w, err := h.Store.Walk(t.Context(), wallet.WalkDocuments); err != nil || w.Started.IsZero() || w.After != "" {
		t.Errorf("the walk: %+v, %v", w, err)
	}
	c, err := h.Store.Campaign(t.Context(), wallet.CampaignID{PassTypeIdentifier: passType, Template: "stamps"})
	if h.check(err); c.State != wallet.CampaignRunning {
		t.Errorf("the other campaign: %+v", c)
	}
}
