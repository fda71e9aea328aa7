package issue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Paths of campaigns in the issuer's API: all of them, and one.
const (
	CampaignsPath = "/issuer/v1/campaigns"
	CampaignPath  = CampaignsPath + "/{passTypeIdentifier}/{template}"
)

// Campaigns is what the API reads and writes of campaigns.
type Campaigns interface {
	wallet.Campaigns
	// Campaigns yields all campaigns. A record that cannot be read is a [wallet.ErrInvalid] in its place; any other error ends
	// the sequence.
	Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error]
}

// maxCampaignBody bounds a campaign's rules, in bytes.
const maxCampaignBody = 4 << 10

// putCampaign begins a campaign, from the start where there was one, with the rules in the body: 201 where there was none, 200
// otherwise. Its first passes follow within three minutes: it is looked at each minute, and the template has to settle.
func (a API) putCampaign(w http.ResponseWriter, r *http.Request) error {
	c, rules, err := a.campaignRequest(r)
	if err != nil {
		return err
	}
	if _, err := a.Writer.Renderer.Templates.Template(r.Context(), c.ID.Template); err != nil {
		if unknown, ok := errors.AsType[*template.UnknownError](err); ok {
			return unknown.Findings()
		}
		if broken, ok := errors.AsType[wallet.Findings](err); ok {
			return &document.BrokenTemplateError{Name: c.ID.Template, Findings: broken}
		}
		return fmt.Errorf("campaign %v: %w", c.ID, err)
	}
	if _, there := rules["state"]; there {
		var findings wallet.Findings
		findings.Errorf("/state", "CAMPAIGN", "a campaign that begins is running; leave it out, or PATCH it")
		return findings
	}
	status := http.StatusOK
	if c.Revision == 0 {
		status = http.StatusCreated
	}
	anew := wallet.NewCampaign(c.ID)
	if findings := setRules(&anew, rules, a.Links.Now()); findings != nil {
		return findings
	}
	c, err = wallet.UpdateCampaign(r.Context(), a.Store, c, func(c *wallet.Campaign) bool {
		anew.Revision = c.Revision
		*c = anew
		return true
	})
	if err != nil {
		return err
	}
	return webservice.WriteJSON(w, status, newCampaignView(c))
}

// patchCampaign changes the rules of a campaign, pauses it and makes it go on: 200, or 404 when there is none.
func (a API) patchCampaign(w http.ResponseWriter, r *http.Request) error {
	if webservice.MediaType(r) != "application/merge-patch+json" {
		return fmt.Errorf("campaign: %w: send Content-Type application/merge-patch+json", wallet.ErrMediaType)
	}
	c, rules, err := a.campaignRequest(r)
	if err != nil {
		return err
	}
	if c.Revision == 0 {
		return fmt.Errorf("campaign %v: %w", c.ID, wallet.ErrNotFound)
	}
	var findings wallet.Findings
	c, err = wallet.UpdateCampaign(r.Context(), a.Store, c, func(c *wallet.Campaign) bool {
		findings = setRules(c, rules, a.Links.Now())
		return findings == nil
	})
	if findings != nil {
		return findings
	}
	if err != nil {
		return err
	}
	return webservice.WriteJSON(w, http.StatusOK, newCampaignView(c))
}

// getCampaign shows how far a campaign has come: 200, or 404 when there is none.
func (a API) getCampaign(w http.ResponseWriter, r *http.Request) error {
	c, err := a.campaign(r)
	if err != nil {
		return err
	}
	if c.Revision == 0 {
		return fmt.Errorf("campaign %v: %w", c.ID, wallet.ErrNotFound)
	}
	return webservice.WriteJSON(w, http.StatusOK, newCampaignView(c))
}

// listCampaigns shows how far all campaigns have come.
func (a API) listCampaigns(w http.ResponseWriter, r *http.Request) error {
	list := struct {
		Campaigns  []campaignView `json:"campaigns"`
		Unreadable int            `json:"unreadable,omitempty"`
	}{Campaigns: []campaignView{}}
	for c, err := range a.Store.Campaigns(r.Context()) {
		switch {
		case errors.Is(err, wallet.ErrInvalid):
			list.Unreadable++
		case err != nil:
			return err
		default:
			list.Campaigns = append(list.Campaigns, newCampaignView(c))
		}
	}
	return webservice.WriteJSON(w, http.StatusOK, list)
}

// campaign reads the record that a request is about.
func (a API) campaign(r *http.Request) (wallet.Campaign, error) {
	id := wallet.CampaignID{PassTypeIdentifier: r.PathValue("passTypeIdentifier"), Template: r.PathValue("template")}
	if err := id.Validate(); err != nil {
		return wallet.Campaign{}, err
	}
	c, err := a.Store.Campaign(r.Context(), id)
	if errors.Is(err, wallet.ErrInvalid) { // the record, not the request
		err = fmt.Errorf("%v", err)
	}
	return c, err
}

// campaignRequest reads the record, and the rules in the body, which may be empty.
func (a API) campaignRequest(r *http.Request) (wallet.Campaign, map[string]any, error) {
	c, err := a.campaign(r)
	if err != nil {
		return c, nil, err
	}
	text, err := webservice.ReadBody(r, maxCampaignBody)
	if err != nil || len(text) == 0 {
		return c, nil, err
	}
	rules, findings, err := wallet.DecodeObject(text)
	if err != nil {
		return c, nil, err
	}
	return c, rules, findings.Err()
}

// What the numbers of a campaign may be.
var campaignNumbers = map[string]struct {
	least, most int64
	set         func(*wallet.Campaign, int64)
}{
	"pace":         {1, 5000, func(c *wallet.Campaign, n int64) { c.Pace = int(n) }},
	"first":        {0, math.MaxInt32, func(c *wallet.Campaign, n int64) { c.First = n }},
	"watchSeconds": {0, 7 * 24 * 60 * 60, func(c *wallet.Campaign, n int64) { c.Watch = time.Duration(n) * time.Second }},
	"tolerance":    {0, math.MaxInt32, func(c *wallet.Campaign, n int64) { c.Tolerance = n }},
}

// setRules applies what a request asks for, or returns everything that is wrong with it.
func setRules(c *wallet.Campaign, rules map[string]any, now time.Time) wallet.Findings {
	var findings wallet.Findings
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		at := wallet.PointerTo("", name)
		number, ok := campaignNumbers[name]
		switch {
		case ok:
			n, isNumber := rules[name].(int64)
			if !isNumber || n < number.least || n > number.most {
				findings.Errorf(at, "CAMPAIGN", "use a whole number from %d to %d", number.least, number.most)
				continue
			}
			number.set(c, n)
		case name == "state":
			switch rules[name] {
			case string(wallet.CampaignPaused):
				c.Pause()
			case string(wallet.CampaignRunning):
				if c.State != wallet.CampaignRunning {
					c.Resume(now)
				}
			default:
				findings.Errorf(at, "CAMPAIGN", `use "paused" or "running"`)
			}
		default:
			findings.Errorf(at, "CAMPAIGN", "is not a rule of a campaign; there are first, pace, state, tolerance and watchSeconds")
		}
	}
	return findings
}

// campaignView is what every answer says of a campaign.
type campaignView struct {
	wallet.CampaignID
	State  wallet.CampaignState `json:"state"`
	Reason string               `json:"reason,omitempty"`

	Pace         int   `json:"pace"`
	First        int64 `json:"first"`
	WatchSeconds int64 `json:"watchSeconds"`
	Tolerance    int64 `json:"tolerance"`

	TemplateRevision string `json:"templateRevision,omitempty"`
	Started          string `json:"started,omitempty"`
	WatchUntil       string `json:"watchUntil,omitempty"`
	Ended            string `json:"ended,omitempty"`
	Round            int    `json:"round"`
	Total            int64  `json:"total"`
	Done             int64  `json:"done"`
	Refused          int64  `json:"refused"`
	Left             int64  `json:"left"`
	Complaints       int64  `json:"complaints"`
}

func newCampaignView(c wallet.Campaign) campaignView {
	return campaignView{
		CampaignID: c.ID, State: c.State, Reason: c.Reason,
		Pace: c.Pace, First: c.First, WatchSeconds: int64(c.Watch / time.Second), Tolerance: c.Tolerance,
		TemplateRevision: c.TemplateRevision, Started: rfc3339(c.Started), WatchUntil: rfc3339(c.WatchUntil), Ended: rfc3339(c.Ended),
		Round: c.Round, Total: c.Total, Done: c.Done, Refused: c.Refused, Left: c.Left, Complaints: c.Complaints,
	}
}
