package changed

import (
	"context"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/wallet"
)

func init() {
	gcp.DocumentWrites("PassChanged", 60*time.Second, func(env *gcp.Environment) gcp.Open[func(context.Context, wallet.PassID) error] {
		changed := env.PassChanged()
		return func(ctx context.Context) (func(context.Context, wallet.PassID) error, error) {
			announce, err := events.Open(ctx, changed.Project, events.Topics{PassChanged: changed.ID})
			if err != nil {
				return nil, err
			}
			return New(announce), nil
		}
	})
}
