package personalize

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/kms"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("PersonalizePass", 30*time.Second, func(env *gcp.Environment) gcp.Open[http.Handler] {
		database, changed, personalized, keys := env.Firestore(), env.PassChanged(), env.PassPersonalized(), env.TokenKeys()
		identities := gcp.Certificates(env, func(folder fs.FS) (map[string]pkpass.Identity, error) {
			return pkpass.ReadIdentities(folder, pkpass.OpenKeys(kms.CheckReference, kms.Opener()))
		})
		return func(ctx context.Context) (http.Handler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, changed.Project, events.Topics{PassChanged: changed.ID, PassPersonalized: personalized.ID})
			if err != nil {
				return nil, err
			}
			desk := &Desk{
				Store: records, Events: announce, Auth: webservice.Authenticator{Keys: keys, Packages: records},
				Signers: make(map[string]*pkpass.TokenSigner), Now: time.Now,
			}
			for passType, identity := range identities {
				desk.Signers[passType] = pkpass.NewTokenSigner(identity, time.Now)
			}
			return webservice.NewRouter(gcp.Logger()).Handle(webservice.PersonalizePass, desk.Handle), nil
		}
	})
}
