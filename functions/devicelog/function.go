package devicelog

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("LogMessages", 10*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database := env.Firestore()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.LogMessages, New(records, gcp.Logger(), time.Now)), nil
		}
	})
}
