package updatable

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("ListUpdatablePasses", 30*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database := env.Firestore()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.ListUpdatablePasses, New(records, gcp.Logger())), nil
		}
	})
}
