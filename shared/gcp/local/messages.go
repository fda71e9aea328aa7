package local

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"walletpasses.example/server/shared/wallet"
)

// Gaps between the deliveries of a message whose handler fails. Pub/Sub allows 0 to 600 s.
const (
	minimumBackoff = 100 * time.Millisecond
	maximumBackoff = 10 * time.Second
)

// Publish puts a message on a topic, as an issuer does, and returns when it is durable.
func (p *Project) Publish(ctx context.Context, topic string, message []byte) error {
	publisher := p.pubsub.Publisher(topic)
	defer publisher.Stop()
	if _, err := publisher.Publish(ctx, &pubsub.Message{Data: message}).Get(ctx); err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	return nil
}

// Subscribe makes the one subscription of a topic unless it is there. What is published from then on is delivered to
// whoever receives.
func (p *Project) Subscribe(ctx context.Context, topic string) error {
	_, err := p.pubsub.SubscriptionAdminClient.CreateSubscription(ctx, &pb.Subscription{
		Name:  p.subscriptionName(topic),
		Topic: p.topicName(topic),
		RetryPolicy: &pb.RetryPolicy{
			MinimumBackoff: durationpb.New(minimumBackoff),
			MaximumBackoff: durationpb.New(maximumBackoff),
		},
	})
	if err != nil && status.Code(err) != codes.AlreadyExists {
		return fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	return nil
}

// Receive has handle called for the messages of a topic's subscription until ctx ends, which is no error. A message whose
// handler fails is delivered again.
func (p *Project) Receive(ctx context.Context, topic string, handle wallet.MessageHandler) error {
	err := p.pubsub.Subscriber(p.subscriptionName(topic)).Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
		if handle(ctx, m.Data) != nil {
			m.Nack()
			return
		}
		m.Ack()
	})
	if err != nil {
		return fmt.Errorf("receive from %s: %w", topic, err)
	}
	return nil
}

func (p *Project) subscriptionName(topic string) string {
	return "projects/" + p.id + "/subscriptions/local-" + topic
}
