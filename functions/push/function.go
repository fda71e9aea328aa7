package push

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

func init() {
	gcp.Messages("PushUpdate", 540*time.Second, func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		database, packaged, sender := env.Firestore(), env.PassPackaged(), openSender(env)
		return func(ctx context.Context) (wallet.MessageHandler, error) {
			records, err := store.Open(ctx, database.Project, database.Database)
			if err != nil {
				return nil, err
			}
			announce, err := events.Open(ctx, packaged.Project, events.Topics{PassPackaged: packaged.ID})
			if err != nil {
				return nil, err
			}
			return New(records, announce, sender, gcp.Logger(), time.Now), nil
		}
	})
}

// openSender makes the client of APNs: with the team's key when there is one, else one for each pass certificate. Nothing
// is dialled before the first push.
func openSender(env *gcp.Environment) APNs {
	settings := env.APNs()
	if settings.KeyFile == "" {
		return gcp.Certificates(env, func(folder fs.FS) (apns.Topics, error) { return certificateClients(folder, settings.URL) })
	}
	client, err := tokenClient(settings)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a file that is not there was reported with its setting
		env.Problem(fmt.Errorf("APNS_URL, APNS_KEY_FILE, APNS_KEY_ID, APNS_TEAM_ID: %w", err))
	}
	return client
}

func tokenClient(settings gcp.APNs) (*apns.Client, error) {
	p8, err := os.ReadFile(settings.KeyFile)
	if err != nil {
		return nil, err
	}
	key, err := apns.ParseKey(p8)
	if err != nil {
		return nil, err
	}
	return apns.NewTokenClient(settings.URL, key, settings.KeyID, settings.TeamID, apns.Options{})
}

func certificateClients(folder fs.FS, url string) (apns.Topics, error) {
	identities, err := pkpass.ReadIdentities(folder)
	if err != nil {
		return nil, err
	}
	topics := make(apns.Topics)
	for passType, identity := range identities {
		if topics[passType], err = apns.NewCertificateClient(url, identity.TLSCertificate(), apns.Options{}); err != nil {
			return nil, fmt.Errorf("%s: %w", passType, err)
		}
	}
	return topics, nil
}
