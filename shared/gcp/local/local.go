// Package local is what a deployment gives the functions beside the services themselves, made by hand for local mode on
// emulators: the topics, the bucket, subscriptions that deliver, and a trigger for written documents.
package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A Project is one project on the emulators.
type Project struct {
	id        string
	firestore *firestore.Client
	pubsub    *pubsub.Client
}

// Open connects to the emulators that FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and STORAGE_EMULATOR_HOST name, and
// makes the topics and the bucket that are not there yet. It refuses to do so in a real project. Close the project after
// use.
func Open(ctx context.Context, project, bucket string, topics ...string) (*Project, error) {
	for _, variable := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"} {
		if os.Getenv(variable) == "" {
			return nil, fmt.Errorf("%s is not set: give the emulator's host:port (a real project is deployed to, not run on)", variable)
		}
	}
	if err := createBucket(ctx, project, bucket); err != nil {
		return nil, fmt.Errorf("create bucket %s: %w", bucket, err)
	}
	documents, err := firestore.NewClient(ctx, project)
	if err != nil {
		return nil, fmt.Errorf("open Firestore: %w", err)
	}
	messages, err := pubsub.NewClient(ctx, project)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open Pub/Sub: %w", err), documents.Close())
	}
	p := &Project{id: project, firestore: documents, pubsub: messages}
	for _, topic := range topics {
		if err := p.createTopic(ctx, topic); err != nil {
			return nil, errors.Join(fmt.Errorf("create topic %s: %w", topic, err), p.Close())
		}
	}
	return p, nil
}

// Close releases the connections. Receivers and watchers end with their contexts, before.
func (p *Project) Close() error { return errors.Join(p.firestore.Close(), p.pubsub.Close()) }

func createBucket(ctx context.Context, project, name string) error {
	client, err := storage.NewClient(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	err = client.Bucket(name).Create(ctx, project, nil)
	if refused, ok := errors.AsType[*googleapi.Error](err); ok && refused.Code == http.StatusConflict {
		return nil
	}
	return err
}

func (p *Project) topicName(topic string) string { return "projects/" + p.id + "/topics/" + topic }

func (p *Project) createTopic(ctx context.Context, topic string) error {
	_, err := p.pubsub.TopicAdminClient.CreateTopic(ctx, &pb.Topic{Name: p.topicName(topic)})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}
