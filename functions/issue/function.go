package issue

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// drawings bounds the images kept in memory, in bytes.
const drawings = 32 << 20

// dressing bounds the documents whose pictures are made at the same time.
const dressing = 4

func init() {
	gcp.HTTP("IssuePass", 60*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, packages, keys, templatesBucket := env.Firestore(), env.PackagesBucket(), env.TokenKeys(), env.TemplatesBucket()
		address, base, teams := env.WebServiceURL(), env.InstallURL(), gcp.Certificates(env, pkpass.ReadTeams)
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			objects, err := bucket.Open(ctx, packages)
			if err != nil {
				return nil, err
			}
			set, err := templates.OpenSet(ctx, templatesBucket, time.Now)
			if err != nil {
				return nil, err
			}
			album := document.NewAlbum(objects, objects.Elsewhere(picture.MaxBytes))
			renderer := document.Renderer{
				Templates: set, Teams: teams, Keys: keys, Pictures: album, Drawings: picture.NewCache(drawings), Turns: make(chan struct{}, dressing), WebServiceURL: address,
			}
			api := API{
				Store:  records,
				Writer: document.Writer{Store: records, Renderer: renderer},
				Links:  wallet.InstallLinks{Keys: keys, BaseURL: base, Now: time.Now},
			}
			return api.Routes(gcp.Logger()), nil
		}
	})
}
