package push

import (
	"context"
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

const (
	// together is how many devices one message serves. All of them are marked before the first is pushed to, which bounds what
	// is kept of them, about 10 MB; and they are served well within the time of an invocation, where APNs is slow too.
	together = 10_000
	// countFrom is the device at which they are counted: few passes are on so many phones, and a count costs a read. It is the
	// last of the first page that the store reads.
	countFrom = 300
)

// cut announces the halves of a shard, each by a message of its own, if it has too many devices for this one. Halves that
// are too large still are cut when their turn comes; so shards are served at the same time, by all instances.
//
// Who cuts serves nobody. So the message of a shard that fails, and comes again, makes no other come again; and one that was
// cut comes again only where publishing failed, or twice by chance, which repeats shards that find everybody served.
func (p *pusher) cut(ctx context.Context, event wallet.PassPackaged) (bool, error) {
	low, high, ok := event.Halves()
	if !ok {
		return false, nil
	}
	n, err := p.store.CountDevices(ctx, event.PassID, event.Shard, together+1)
	if err != nil || n <= together {
		return false, err
	}
	for _, half := range []wallet.Shard{low, high} {
		event.Shard = half
		if err := p.events.PassPackaged(ctx, event); err != nil {
			return false, fmt.Errorf("announce a shard: %w", err)
		}
	}
	return true, nil
}
