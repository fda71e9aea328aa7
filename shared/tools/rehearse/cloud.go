package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/tools/rehearse/eventarc"
	"walletpasses.example/server/shared/tools/rehearse/pubsubpush"
)

// The gaps between two deliveries of what was not acknowledged. In the cloud they are 10 s and 600 s.
const (
	minimumBackoff = 100 * time.Millisecond
	maximumBackoff = time.Second
)

// createResources makes the buckets, and the topics that functions publish on or are fed by.
func (s *stage) createResources(ctx context.Context) error {
	for _, bucket := range []string{packagesBucket, templatesBucket} {
		if err := s.clients.storage.Bucket(bucket).Create(ctx, project, nil); err != nil {
			return fmt.Errorf("create bucket %s: %w", bucket, err)
		}
	}
	var topics []string
	for _, f := range s.deployment.Functions {
		topics = append(topics, f.Publishes...)
		if isTopic(f.CalledBy) {
			topics = append(topics, f.CalledBy)
		}
	}
	slices.Sort(topics)
	for _, topic := range slices.Compact(topics) {
		if _, err := s.clients.pubsub.TopicAdminClient.CreateTopic(ctx, &pb.Topic{Name: topicName(topic)}); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	return nil
}

func topicName(topic string) string { return "projects/" + project + "/topics/" + topic }

// isTopic reports that a function is fed by a topic: everybody else who calls has another name.
func isTopic(calledBy string) bool {
	return !slices.Contains([]string{"devices", "browsers", "issuers", "firestore", "scheduler"}, calledBy)
}

// connect makes what sets a function off, if that is the platform.
func (s *stage) connect(ctx context.Context, name string, f deployment.Function) error {
	url := s.services[name].URL()
	switch {
	case f.CalledBy == "firestore":
		return s.bridge.Create(ctx, s.firestore.Address, project, eventarc.Trigger{
			ID:        name,
			EventType: "google.cloud.firestore.document.v1.written",
			Database:  database,
			Document:  "passTypes/{passTypeIdentifier}/passes/{serialNumber}",
			Function:  url,
		})
	case f.CalledBy == "scheduler":
		s.schedule(url)
		return nil
	case isTopic(f.CalledBy):
		return s.subscribe(ctx, name, f.CalledBy, url)
	default:
		return nil
	}
}

// subscribe has the messages of a topic pushed to a function, until the stage is cleared.
func (s *stage) subscribe(ctx context.Context, name, topic, url string) error {
	subscription, err := s.clients.pubsub.SubscriptionAdminClient.CreateSubscription(ctx, &pb.Subscription{
		Name:               "projects/" + project + "/subscriptions/" + name,
		Topic:              topicName(topic),
		AckDeadlineSeconds: 60,
		RetryPolicy: &pb.RetryPolicy{
			MinimumBackoff: durationpb.New(minimumBackoff),
			MaximumBackoff: durationpb.New(maximumBackoff),
		},
	})
	if err != nil {
		return fmt.Errorf("subscribe %s to %s: %w", name, topic, err)
	}
	life, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := pubsubpush.Deliver(life, s.clients.pubsub.Subscriber(subscription.Name), s.http, url+"/"+topicName(topic))
		if err != nil {
			s.say.step("broken off", "the messages of %s: %v", topic, err)
		}
	}()
	s.onClear(func() { end(); <-ended })
	return nil
}
