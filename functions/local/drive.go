package main

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/shared/wallet"
)

// driveEvery is the time between two calls while a campaign runs, and before the first, which leaves whoever wants to make
// the calls by hand the time to do so.
const driveEvery = 2 * time.Second

// A driver is the Scheduler of campaigns: it calls the function that drives them for as long as one of them runs.
type driver struct {
	runner *campaign.Runner
	store  campaign.Store
	soon   chan struct{} // a campaign runs, as somebody has said
	now    chan struct{} // a template has changed
}

func newDriver(runner *campaign.Runner, store campaign.Store) *driver {
	return &driver{runner, store, make(chan struct{}, 1), make(chan struct{}, 1)}
}

// wake has the campaigns driven after a while.
func (d *driver) wake() { nudge(d.soon) }

// nudge leaves a note, unless there is one.
func nudge(note chan<- struct{}) {
	select {
	case note <- struct{}{}:
	default:
	}
}

// run drives until ctx ends.
func (d *driver) run(ctx context.Context) {
	timer := time.NewTimer(driveEvery) // a backend may remember a campaign that runs
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.soon:
			timer.Reset(driveEvery)
			continue
		case <-d.now:
		case <-timer.C:
		}
		if d.drive(ctx) {
			timer.Reset(driveEvery)
		}
	}
}

// drive makes one call, as Cloud Scheduler would, and reports whether a campaign runs on.
func (d *driver) drive(ctx context.Context) (again bool) {
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, "/local/campaigns", http.NoBody)
	if err == nil {
		err = d.runner.Handle(nobody{}, call)
	}
	if err != nil {
		if ctx.Err() == nil {
			d.runner.Log.Error("campaigns", wallet.ErrorAttr(err))
		}
		return true
	}
	for c, err := range d.store.Campaigns(ctx) {
		again = again || err == nil && c.State == wallet.CampaignRunning
	}
	return again
}

// bringUp begins the campaigns of templates that have changed, for each pass type that has passes of them.
func (d *driver) bringUp(ctx context.Context, passTypes, templates []string) {
	for _, passType := range passTypes {
		for _, name := range templates {
			if err := d.begin(ctx, wallet.CampaignID{PassTypeIdentifier: passType, Template: name}); err != nil && ctx.Err() == nil {
				d.runner.Log.Error("the passes of a template do not follow it", "template", name, wallet.ErrorAttr(err))
			}
		}
	}
	nudge(d.now)
}

// begin makes a campaign where there is none. One that there is notices by itself that its template has changed.
func (d *driver) begin(ctx context.Context, id wallet.CampaignID) error {
	if err := id.Validate(); err != nil {
		return err
	}
	passes, err := d.store.CountTemplatePackages(ctx, id)
	if err != nil || passes == 0 {
		return err
	}
	c, err := d.store.Campaign(ctx, id)
	if err == nil && c.Revision == 0 {
		_, err = d.store.SaveCampaign(ctx, wallet.NewCampaign(id))
	}
	return err
}

// nobody reads an answer.
type nobody struct{}

func (nobody) Header() http.Header         { return make(http.Header) }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}
