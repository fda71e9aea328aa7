package latest

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/hot"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("LatestPass", 60*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, packages, keys := env.Firestore(), env.PackagesBucket(), env.TokenKeys()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			objects, err := bucket.Open(ctx, packages)
			if err != nil {
				return nil, err
			}
			auth := webservice.Authenticator{Keys: keys, Packages: records}
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.LatestPass, New(records, hot.New(objects), auth)), nil
		}
	})
}
