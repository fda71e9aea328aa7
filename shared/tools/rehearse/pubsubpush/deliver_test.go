package pubsubpush_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/tools/rehearse/pubsubpush"
)

const (
	topic        = "projects/push/topics/topic"
	subscription = "projects/push/subscriptions/subscription"
)

// open makes a topic with a subscription on the emulator.
func open(t *testing.T) *pubsub.Client {
	t.Helper()
	connection, err := grpc.NewClient("passthrough:///"+emulator.PubSub(t), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	client, err := pubsub.NewClient(t.Context(), "push", option.WithGRPCConn(connection))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if _, err := client.TopicAdminClient.CreateTopic(t.Context(), &pb.Topic{Name: topic}); err != nil {
		t.Fatal(err)
	}
	_, err = client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pb.Subscription{
		Name: subscription, Topic: topic, RetryPolicy: &pb.RetryPolicy{MinimumBackoff: durationpb.New(0), MaximumBackoff: durationpb.New(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A function is given all messages without waiting for its answer to any, and those that it refuses again.
func TestDeliver(t *testing.T) {
	client := open(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var (
		mu         sync.Mutex
		deliveries []string
		both       = make(chan struct{}) // closed when two messages are there at the same time
	)
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Subscription string
			Message      struct {
				Data       []byte
				MessageID  string
				Attributes map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Subscription != subscription || body.Message.MessageID == "" ||
			body.Message.Attributes["a"] != "b" || r.URL.Path != "/function" {
			t.Errorf("%s: %+v (%v)", r.URL, body, err)
		}
		mu.Lock()
		deliveries = append(deliveries, string(body.Message.Data))
		n, again := len(deliveries), deliveries[0] == string(body.Message.Data)
		mu.Unlock()
		switch {
		case n == 1:
			<-both
			w.WriteHeader(http.StatusServiceUnavailable)
		case n == 2:
			close(both)
		case again: // what was handled may come once more, too
			end()
		}
	}))
	defer function.Close()
	publisher := client.Publisher(topic)
	defer publisher.Stop()
	for _, text := range []string{"one", "two"} {
		if _, err := publisher.Publish(ctx, &pubsub.Message{Data: []byte(text), Attributes: map[string]string{"a": "b"}}).Get(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := pubsubpush.Deliver(ctx, client.Subscriber(subscription), function.Client(), function.URL+"/function"); err != nil {
		t.Fatal(err)
	}
	if len(deliveries) < 3 || !slices.Contains(deliveries[:2], "one") || !slices.Contains(deliveries[:2], "two") {
		t.Errorf("delivered %q", deliveries)
	}
}
