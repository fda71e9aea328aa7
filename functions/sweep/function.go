package sweep

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("Sweep", 300*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, changed, packaged, personalized := env.Firestore(), env.PassChanged(), env.PassPackaged(), env.PassPersonalized()
		packages := env.PackagesBucket()
		folder := gcp.Certificates(env, func(folder fs.FS) (fs.FS, error) {
			_, err := pkpass.ReadExpiries(folder)
			return folder, err
		})
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, changed.Project, events.Topics{
				PassChanged: changed.ID, PassPackaged: packaged.ID, PassPersonalized: personalized.ID,
			})
			if err != nil {
				return nil, err
			}
			objects, err := bucket.Open(ctx, packages)
			if err != nil {
				return nil, err
			}
			s := &Sweeper{
				Store: records, Bucket: objects, Events: announce, Log: gcp.Logger(), Now: time.Now,
				Expiries: func() (map[string]time.Time, error) { return pkpass.ReadExpiries(folder) },
			}
			return webservice.NewIssuerRouter(gcp.Logger()).
				Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, s.Handle), nil
		}
	})
}
