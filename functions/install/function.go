package install

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/hot"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("InstallPass", 60*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, packages, keys, base := env.Firestore(), env.PackagesBucket(), env.TokenKeys(), env.InstallURL()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			objects, err := bucket.Open(ctx, packages)
			if err != nil {
				return nil, err
			}
			links := wallet.InstallLinks{Keys: keys, BaseURL: base, Now: time.Now}
			return webservice.NewPageRouter(gcp.Logger()).Refusing(Refuse).
				Handle(webservice.InstallPass, New(records, hot.New(objects), links)), nil
		}
	})
}
