package sweep_test

import (
	"fmt"
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
