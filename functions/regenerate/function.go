package regenerate

import (
	"context"
	"io/fs"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/kms"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// drawings bounds the images kept in memory, in bytes.
const drawings = 64 << 20

// dressing bounds the documents whose pictures are made at the same time.
const dressing = 4

func init() {
	gcp.Messages("RegeneratePass", 120*time.Second, func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		database, packages, packaged := env.Firestore(), env.PackagesBucket(), env.PassPackaged()
		keys, address, templatesBucket := env.TokenKeys(), env.WebServiceURL(), env.TemplatesBucket()
		identities := gcp.Certificates(env, func(folder fs.FS) (map[string]pkpass.Identity, error) {
			return pkpass.ReadIdentities(folder, pkpass.OpenKeys(kms.CheckReference, kms.Opener()))
		})
		return func(ctx context.Context) (wallet.MessageHandler, error) {
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
			set, err := templates.OpenSet(ctx, templatesBucket, time.Now)
			if err != nil {
				return nil, err
			}
			album := document.NewAlbum(objects, objects.Elsewhere(picture.MaxBytes))
			p := &Packager{
				Store: records, Bucket: objects, Events: announce, Log: gcp.Logger(), Now: time.Now, Signers: make(map[string]*pkpass.Signer),
				Renderer: document.Renderer{
					Templates: set, Teams: make(map[string]string), Keys: keys, Pictures: album, Drawings: picture.NewCache(drawings), Turns: make(chan struct{}, dressing), WebServiceURL: address,
				},
			}
			for passType, identity := range identities {
				p.Signers[passType] = pkpass.NewSigner(identity, time.Now)
				p.Renderer.Teams[passType] = identity.TeamIdentifier()
			}
			return p.Handle, nil
		}
	})
}
