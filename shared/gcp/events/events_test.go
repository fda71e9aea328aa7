package events_test

import (
	"context"
	"crypto/rand"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/wallet"
)

const project = "test-project"

func TestEvents(t *testing.T) {
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.PubSub(t))
	cloudtest.TestEvents(t, func(t *testing.T, handlers cloudtest.Handlers) cloudtest.Events {
		client, err := pubsub.NewClient(t.Context(), project)
		check(t, err)
		t.Cleanup(func() { check(t, client.Close()) })
		e, err := events.Open(t.Context(), project, events.Topics{
			PassChanged:      topic(t, client, handlers.PassChanged),
			PassPackaged:     topic(t, client, handlers.PassPackaged),
			PassPersonalized: topic(t, client, handlers.PassPersonalized),
		})
		check(t, err)
		t.Cleanup(func() { check(t, e.Close()) })
		return e
	})
}

// topic makes a new topic whose messages handle receives until the test ends.
func topic(t *testing.T, client *pubsub.Client, handle wallet.MessageHandler) string {
	t.Helper()
	id := "test-" + rand.Text()
	name, subscription := "projects/"+project+"/topics/"+id, "projects/"+project+"/subscriptions/"+id
	_, err := client.TopicAdminClient.CreateTopic(t.Context(), &pb.Topic{Name: name})
	check(t, err)
	_, err = client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pb.Subscription{Name: subscription, Topic: name})
	check(t, err)

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- client.Subscriber(subscription).Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
			if handle(ctx, m.Data) != nil {
				m.Nack()
				return
			}
			m.Ack()
		})
	}()
	t.Cleanup(func() {
		cancel()
		check(t, <-done)
	})
	return id
}

func TestAFunctionPublishesOnlyOnItsTopics(t *testing.T) {
	t.Setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1") // nothing is there, nor asked
	e, err := events.Open(t.Context(), project, events.Topics{PassChanged: "changed"})
	check(t, err)
	defer e.Close()
	if err := e.PassPackaged(t.Context(), wallet.PassPackaged{}); err == nil {
		t.Error("published on a topic that was not given")
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
