package ingest

import (
	"context"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

func init() {
	gcp.Messages("IngestPass", func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		database, keys, templatesBucket := env.Firestore(), env.TokenKeys(), env.TemplatesBucket()
		address, teams := env.WebServiceURL(), gcp.Certificates(env, pkpass.ReadTeams)
		return func(ctx context.Context) (wallet.MessageHandler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			set, err := templates.OpenSet(ctx, templatesBucket, time.Now)
			if err != nil {
				return nil, err
			}
			renderer := document.Renderer{Templates: set, Teams: teams, Keys: keys, WebServiceURL: address}
			return New(document.Writer{Store: records, Renderer: renderer}, records, time.Now), nil
		}
	})
}
