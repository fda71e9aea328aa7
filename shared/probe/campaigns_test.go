package probe

import (
	"context"
	"iter"

	"walletpasses.example/server/shared/wallet"
)

func (s gatedStore) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	return through(s.gate, "Campaign", wallet.PassID{}, func() (wallet.Campaign, error) { return s.store.Campaign(ctx, id) })
}

func (s gatedStore) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	return through(s.gate, "SaveCampaign", wallet.PassID{}, func() (wallet.Revision, error) { return s.store.SaveCampaign(ctx, c) })
}

func (s gatedStore) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	return func(yield func(wallet.Campaign, error) bool) {
		if before, _ := s.gate.enter(call{name: "Campaigns"}); before != nil {
			yield(wallet.Campaign{}, before)
			return
		}
		s.store.Campaigns(ctx)(yield)
	}
}
