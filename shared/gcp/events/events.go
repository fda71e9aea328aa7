// Package events publishes on Pub/Sub what happened to passes.
package events

import (
	"context"
	"encoding/json"
	"fmt"

	"cloud.google.com/go/pubsub/v2"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// Topics are the short names of the topics that a function publishes on; empty where it never does.
type Topics struct {
	PassChanged      string
	PassPackaged     string
	PassPersonalized string
}

// Events publishes on the topics of one project.
type Events struct {
	client           *pubsub.Client
	passChanged      *pubsub.Publisher
	passPackaged     *pubsub.Publisher
	passPersonalized *pubsub.Publisher
}

// Open connects to Pub/Sub or, like all of Google's clients, to the emulator that PUBSUB_EMULATOR_HOST names. Close the
// events after use.
func Open(ctx context.Context, project string, topics Topics) (*Events, error) {
	client, err := pubsub.NewClient(ctx, project)
	if err != nil {
		return nil, fmt.Errorf("open Pub/Sub of %s: %w", project, err)
	}
	return &Events{
		client:           client,
		passChanged:      publisher(client, topics.PassChanged),
		passPackaged:     publisher(client, topics.PassPackaged),
		passPersonalized: publisher(client, topics.PassPersonalized),
	}, nil
}

// publisher sends each message at once: every caller waits for its own.
func publisher(client *pubsub.Client, topic string) *pubsub.Publisher {
	if topic == "" {
		return nil
	}
	p := client.Publisher(topic)
	p.PublishSettings.CountThreshold = 1
	p.PublishSettings.Timeout = call.Limit
	return p
}

// Close ends the publishers and releases the connection.
func (e *Events) Close() error {
	for _, p := range []*pubsub.Publisher{e.passChanged, e.passPackaged, e.passPersonalized} {
		if p != nil {
			p.Stop()
		}
	}
	return e.client.Close()
}

// PassChanged announces that a document was written. It returns when the message is durable.
func (e *Events) PassChanged(ctx context.Context, event wallet.PassChanged) error {
	return publish(ctx, wallet.TopicPassChanged, e.passChanged, event)
}

// PassPackaged announces that a package can be fetched. It returns when the message is durable.
func (e *Events) PassPackaged(ctx context.Context, event wallet.PassPackaged) error {
	return publish(ctx, wallet.TopicPassPackaged, e.passPackaged, event)
}

// PassPersonalized announces that a customer has signed up. It returns when the message is durable.
func (e *Events) PassPersonalized(ctx context.Context, event wallet.PassPersonalized) error {
	return publish(ctx, wallet.TopicPassPersonalized, e.passPersonalized, event)
}

func publish(ctx context.Context, topic string, publisher *pubsub.Publisher, event any) error {
	if publisher == nil {
		return fmt.Errorf("publish on %s: this function was opened without the topic", topic)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	message, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	ctx, done := call.Bound(ctx) // for what waits behind other messages, too
	defer done()
	if _, err := publisher.Publish(ctx, &pubsub.Message{Data: message}).Get(ctx); err != nil {
		return fmt.Errorf("publish on %s: %w", topic, call.Failure(err))
	}
	return nil
}
