// Package campaign brings every pass that uses a template up to the template's newest revision: a broadcast. It announces the
// passes that are behind to the packager, in the order of their serial numbers and no faster than the campaign's pace, and goes
// on when they have come up. Few are on their way at a time, so an update of a business is never far behind them in the queue.
//
// Called by Cloud Scheduler every minute. A call works for most of one and leaves the rest to the next; how far it came is
// recorded when all passes up to there are done, so a crash repeats a little and skips nothing. Where two calls overlap, the
// one that came later goes on. The answer is 200 with what was done, or 500.
package campaign

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// shift is how long a call works on campaigns that have more to do.
const shift = 50 * time.Second

// Store is what a campaign reads and writes.
type Store interface {
	wallet.Campaigns
	// Campaigns yields all campaigns. A record that cannot be read is a [wallet.ErrInvalid] in its place; any other error ends
	// the sequence.
	Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error]
	// CountTemplatePackages returns how many packages were made with a campaign's template.
	CountTemplatePackages(ctx context.Context, id wallet.CampaignID) (int64, error)
	// TemplatePackages yields at most limit packages that were made with a campaign's template, ordered by serial number: those
	// after one serial number up to another, either of which may be empty. A record that cannot be read is a
	// [wallet.ErrInvalid] in its place, beside its ID; any other error ends the sequence.
	TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error]
}

// Events asks the packager to look at a pass.
type Events interface {
	// PassChanged returns when the message is durable.
	PassChanged(ctx context.Context, e wallet.PassChanged) error
}

// A Runner drives the campaigns.
type Runner struct {
	Store     Store
	Templates template.Set
	Events    Events
	Log       *slog.Logger
	Now       func() time.Time
	// Settle is how long a template has to stay as it is before its passes follow: longer than it takes to upload its files, and
	// than any packager keeps an older revision.
	Settle time.Duration
}

// report is the body of a 200: what one call did.
type report struct {
	Campaigns int   `json:"campaigns"` // that there are
	Running   int   `json:"running"`   // of these, that had work to do
	Passes    int64 `json:"passes"`    // that were looked at
}

// Handle is the [webservice.HandlerFunc] of one call.
func (r *Runner) Handle(w http.ResponseWriter, req *http.Request) error {
	done, err := r.run(req.Context())
	if err != nil {
		return fmt.Errorf("campaigns: %v", err) // not wrapped: whatever kind it is of, it is not the caller's fault
	}
	return webservice.WriteJSON(w, http.StatusOK, done)
}

// run drives all campaigns at the same time, each whatever becomes of the others.
func (r *Runner) run(ctx context.Context) (report, error) {
	var all []wallet.Campaign
	for c, err := range r.Store.Campaigns(ctx) {
		if errors.Is(err, wallet.ErrInvalid) {
			r.Log.ErrorContext(ctx, "unreadable campaign", "error", err)
			continue
		}
		if err != nil {
			return report{}, err
		}
		all = append(all, c)
	}
	marches := make([]*march, len(all))
	errs := make([]error, len(all))
	var group errgroup.Group
	for i, c := range all {
		group.Go(func() error {
			marches[i], errs[i] = r.drive(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // its functions return no errors; they are in errs
	done := report{Campaigns: len(all)}
	for _, m := range marches {
		if m != nil {
			done.Running++
			done.Passes += m.passes
		}
	}
	return done, errors.Join(errs...)
}

// errDisplaced ends the work on a campaign that somebody else has taken over, paused or begun anew.
var errDisplaced = errors.New("somebody else goes on")

// drive does a shift's work on one campaign: nil when there was none to do. It says of one that has stopped by itself that it
// has, with every call, and not only when it stops: a call may be killed before it has said so.
func (r *Runner) drive(ctx context.Context, c wallet.Campaign) (*march, error) {
	c, err := r.look(ctx, c)
	if broken, ok := errors.AsType[wallet.Findings](err); ok { // no other call would mend it; it may be half uploaded
		r.Log.ErrorContext(ctx, "template is broken", "passTypeIdentifier", c.ID.PassTypeIdentifier, "template", c.ID.Template, "rules", broken.Broken())
		_, err = r.note(ctx, c, fmt.Sprintf("the template %s is broken, and the campaign waits until it is mended: %s", c.ID.Template, first(broken)))
		return nil, err
	}
	if err == nil {
		c, err = r.judge(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	m, err := r.march(ctx, c)
	if m != nil {
		c = m.c
		r.Log.InfoContext(ctx, "campaign", "passTypeIdentifier", c.ID.PassTypeIdentifier, "template", c.ID.Template, "state", string(c.State),
			"total", c.Total, "done", c.Done, "refused", c.Refused, "left", c.Left, "complaints", c.Complaints)
	}
	if c.State == wallet.CampaignStopped {
		r.Log.WarnContext(ctx, "campaign stopped", "passTypeIdentifier", c.ID.PassTypeIdentifier, "template", c.ID.Template, "reason", c.Reason)
	}
	return m, err
}

// march works on a campaign that has work to do; nil when it has none.
func (r *Runner) march(ctx context.Context, c wallet.Campaign) (*march, error) {
	if !r.ready(c) {
		return nil, nil
	}
	driver := rand.Text()
	c, err := wallet.UpdateCampaign(ctx, r.Store, c, func(c *wallet.Campaign) bool {
		if !r.ready(*c) {
			return false
		}
		c.Driver = driver
		return true
	})
	if err != nil || c.Driver != driver {
		return nil, err
	}
	m := newMarch(r, c)
	if err := m.work(ctx); !errors.Is(err, errDisplaced) {
		return m, err
	}
	return m, nil
}

// ready reports that a campaign can be worked on now.
func (r *Runner) ready(c wallet.Campaign) bool {
	now := r.Now()
	return c.State == wallet.CampaignRunning && c.TemplateRevision != "" && !c.Waits(now) && !now.Before(c.Started.Add(r.Settle))
}

// judge stops a campaign that devices have complained of too often, also one that waits.
func (r *Runner) judge(ctx context.Context, c wallet.Campaign) (wallet.Campaign, error) {
	if judged := c; !judged.Judge(r.Now()) {
		return c, nil
	}
	return wallet.UpdateCampaign(ctx, r.Store, c, func(c *wallet.Campaign) bool { return c.Judge(r.Now()) })
}

// look compares the template with what the campaign knows of it, and makes the campaign begin where there is a newer revision:
// also one that had stopped by itself, for that is how a template is mended.
func (r *Runner) look(ctx context.Context, c wallet.Campaign) (wallet.Campaign, error) {
	if c.State == wallet.CampaignPaused {
		return c, nil
	}
	revision, err := r.revision(ctx, c.ID.Template)
	if unknown, ok := errors.AsType[*template.UnknownError](err); ok {
		return wallet.UpdateCampaign(ctx, r.Store, c, func(c *wallet.Campaign) bool {
			if c.State != wallet.CampaignRunning {
				return false
			}
			c.Stop(r.Now(), unknown.Error())
			return true
		})
	}
	if err != nil {
		return c, fmt.Errorf("template %s: %w", c.ID.Template, err)
	}
	if revision == c.TemplateRevision {
		return r.note(ctx, c, "")
	}
	total, err := r.Store.CountTemplatePackages(ctx, c.ID)
	if err != nil {
		return c, err
	}
	known := c.TemplateRevision
	return wallet.UpdateCampaign(ctx, r.Store, c, func(c *wallet.Campaign) bool {
		if c.State == wallet.CampaignPaused || c.TemplateRevision != known {
			return false // the issuer's, or that of another call, which has looked later
		}
		c.Begin(r.Now(), revision, total)
		return true
	})
}

// note keeps the reason why a campaign waits that has not stopped, or takes it away again.
func (r *Runner) note(ctx context.Context, c wallet.Campaign, reason string) (wallet.Campaign, error) {
	return wallet.UpdateCampaign(ctx, r.Store, c, func(c *wallet.Campaign) bool {
		if c.State != wallet.CampaignRunning && c.State != wallet.CampaignDone || c.Reason == reason {
			return false
		}
		c.Reason = reason
		return true
	})
}

// first returns the first error among findings.
func first(findings wallet.Findings) string {
	for _, f := range findings {
		if f.Severity == wallet.SeverityError {
			return f.String()
		}
	}
	return ""
}

// revision is that of the template as it stands now, not as it was kept from an earlier look.
func (r *Runner) revision(ctx context.Context, name string) (string, error) {
	get := r.Templates.Template
	if fresh, ok := r.Templates.(template.Refresher); ok {
		get = fresh.Fresh
	}
	t, err := get(ctx, name)
	if err != nil {
		return "", err
	}
	return t.Revision(), nil
}
