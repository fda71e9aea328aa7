package simtest

import (
	"context"
	"iter"
	"net/http"
	"time"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

func (s gatedStore) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	return cross(ctx, readCampaign, id.Template, func() (wallet.Campaign, error) { return s.Store.Campaign(ctx, id) })
}

func (s gatedStore) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	return cross(ctx, saveCampaign, c.ID.Template, func() (wallet.Revision, error) { return s.Store.SaveCampaign(ctx, c) })
}

func (s gatedStore) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	return listed(ctx, listCampaigns, "", s.Store.Campaigns(ctx))
}

func (s gatedStore) CountTemplatePackages(ctx context.Context, id wallet.CampaignID) (int64, error) {
	return cross(ctx, countPackages, id.Template, func() (int64, error) { return s.Store.CountTemplatePackages(ctx, id) })
}

func (s gatedStore) TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error] {
	return listed(ctx, listTemplate, after, s.Store.TemplatePackages(ctx, id, after, until, limit))
}

// cardCampaign is the one that there can be.
var cardCampaign = wallet.CampaignID{PassTypeIdentifier: passType, Template: "card"}

// runner is the function that Scheduler calls.
func (w *world) runner(store gatedStore, templates template.Set, now func() time.Time) http.Handler {
	runner := &campaign.Runner{Store: store, Templates: templates, Events: &w.bus, Log: discard, Now: now}
	return webservice.NewIssuerRouter(discard).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, runner.Handle)
}

// campaign is one that has begun.
func (w *world) campaign(template string, state wallet.CampaignState) {
	c := wallet.NewCampaign(wallet.CampaignID{PassTypeIdentifier: passType, Template: template})
	c.State = state
	if t, ok := w.templates[template]; ok {
		c.Begin(w.now, t.Revision(), 0)
	}
	if _, err := w.store.SaveCampaign(context.Background(), c); err != nil {
		panic(err)
	}
}

// outdate makes every package one of an older revision of its template.
func (w *world) outdate() {
	for _, serial := range serials[:w.config.cards] {
		pkg := w.currentPackage(serial).Same()
		pkg.TemplateRevision = "older"
		if _, err := w.store.SavePackage(context.Background(), pkg); err != nil {
			panic(err)
		}
	}
}

// march calls the campaign, as Scheduler does, until it does not run any more.
func (w *world) march() {
	w.call("RunCampaigns", w.anyWorker().campaigns, http.MethodPost, "/", "", nil, func(answer, error) {
		c, err := w.store.Campaign(context.Background(), cardCampaign)
		if err != nil {
			panic(err)
		}
		switch c.State {
		case wallet.CampaignRunning, "":
			w.march()
		case wallet.CampaignDone:
			w.holdToTemplate()
		default:
			w.model.violate("the campaign is %s: %s", c.State, c.Reason)
		}
	})
}

// holdToTemplate wants every package to be of the template as it is.
func (w *world) holdToTemplate() {
	for _, serial := range serials[:w.config.cards] {
		if pkg := w.currentPackage(serial); pkg.TemplateRevision != w.templates["card"].Revision() {
			w.model.violate("the campaign is done, and %s is made with the older template", serial)
		}
	}
}
