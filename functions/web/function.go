package web

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/hot"
)

func init() {
	gcp.HTTP("WebService", 60*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, packages, packaged, keys := env.Firestore(), env.PackagesBucket(), env.PassPackaged(), env.TokenKeys()
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			objects, err := bucket.Open(ctx, packages)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, packaged.Project, events.Topics{PassPackaged: packaged.ID})
			if err != nil {
				return nil, err
			}
			return New(Parts{Store: records, Bucket: hot.New(objects), Events: announce, Keys: keys, Log: gcp.Logger(), Now: time.Now}), nil
		}
	})
}
