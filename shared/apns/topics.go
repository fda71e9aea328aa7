package apns

import (
	"context"
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// Topics finds the client of a pass type by its identifier. With provider tokens, all pass types of a team share one.
type Topics map[string]*Client

// Push is [Client.Push] with the topic's own client. A topic without one is [Halt]: it is never pushed to with the
// credential of another.
func (t Topics) Push(ctx context.Context, token wallet.PushToken, topic string) Answer {
	client, ok := t[topic]
	if !ok {
		return Answer{Verdict: Halt, Err: fmt.Errorf("push to topic %s: it has no APNs credential; "+
			"install its certificate, or a provider token key and this topic", topic)}
	}
	return client.Push(ctx, token, topic)
}

// Close closes all clients.
func (t Topics) Close() {
	for _, client := range t {
		client.Close()
	}
}
