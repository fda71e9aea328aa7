// Package pubsubpush stands where Pub/Sub stands between a topic and a function that it pushes to: it delivers the messages of
// a subscription, many at the same time, each until the function acknowledges it.
//
// The emulator itself pushes one message after the other: each waits until the one before it was answered.
package pubsubpush

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"cloud.google.com/go/pubsub/v2"
)

// atOnce is how many messages of a subscription are on their way at the same time.
const atOnce = 32

// Deliver posts the messages of a subscription to a function's URL until ctx ends, and then waits for those on their way. What
// is answered with a status of 2xx is acknowledged; all else is delivered again, when the subscription's retry policy says so.
func Deliver(ctx context.Context, subscription *pubsub.Subscriber, client *http.Client, function string) error {
	subscription.ReceiveSettings.MaxOutstandingMessages = atOnce
	subscription.ReceiveSettings.NumGoroutines = 1
	return subscription.Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
		if acknowledged(ctx, client, function, subscription.String(), m) {
			m.Ack()
		} else {
			m.Nack()
		}
	})
}

// acknowledged delivers a message once.
func acknowledged(ctx context.Context, client *http.Client, function, subscription string, m *pubsub.Message) bool {
	body, err := json.Marshal(pushed{subscription, message{m.Data, m.ID, m.PublishTime, m.Attributes}})
	if err != nil {
		return false
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, function, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode/100 == 2
}

// pushed is the body of a push. https://cloud.google.com/pubsub/docs/push#receive_push
type pushed struct {
	Subscription string  `json:"subscription"`
	Message      message `json:"message"`
}

type message struct {
	Data        []byte            `json:"data"` // base64 in JSON
	MessageID   string            `json:"messageId"`
	PublishTime time.Time         `json:"publishTime"`
	Attributes  map[string]string `json:"attributes,omitempty"`
}
