package unregister

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("UnregisterDevice", 30*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, keys := env.Firestore(), env.TokenKeys()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			auth := webservice.Authenticator{Keys: keys, Packages: records}
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.UnregisterDevice, New(records, auth)), nil
		}
	})
}
