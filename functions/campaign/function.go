package campaign

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/webservice"
)

// settle is longer than a packager keeps a template before it looks again.
const settle = 90 * time.Second

func init() {
	gcp.HTTP("RunCampaigns", 120*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, changed, templatesBucket := env.Firestore(), env.PassChanged(), env.TemplatesBucket()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, changed.Project, events.Topics{PassChanged: changed.ID})
			if err != nil {
				return nil, err
			}
			set, err := templates.OpenSet(ctx, templatesBucket, time.Now)
			if err != nil {
				return nil, err
			}
			r := &Runner{Store: records, Templates: set, Events: announce, Log: gcp.Logger(), Now: time.Now, Settle: settle}
			return webservice.NewIssuerRouter(gcp.Logger()).
				Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, r.Handle), nil
		}
	})
}
