package register

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("RegisterDevice", 30*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, packaged, keys := env.Firestore(), env.PassPackaged(), env.TokenKeys()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, packaged.Project, events.Topics{PassPackaged: packaged.ID})
			if err != nil {
				return nil, err
			}
			auth := webservice.Authenticator{Keys: keys, Packages: records}
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.RegisterDevice, New(records, announce, auth, time.Now)), nil
		}
	})
}
