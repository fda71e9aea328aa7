package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"

	"walletpasses.example/server/shared/wallet"
)

// A road is a way in which a business app says what a pass should say. Both methods may be repeated.
type road struct {
	name   string
	create func(ctx context.Context, id wallet.PassID, points int) error
	update func(ctx context.Context, id wallet.PassID, points int) error
}

// roads are all there are.
func (s *stage) roads() []road {
	return []road{
		{"document", s.writeDocument, s.updateDocument},
		{"message", s.publishCard, s.publishPoints},
		{"request", s.putCard, s.patchPoints},
	}
}

// card is the document of a points card.
func card(id wallet.PassID, points int) map[string]any {
	return map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": id.SerialNumber, "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/" + id.SerialNumber, "points": points,
	}}
}

func (s *stage) document(id wallet.PassID) *firestore.DocumentRef {
	return s.clients.firestore.Collection("passTypes").Doc(id.PassTypeIdentifier).Collection("passes").Doc(id.SerialNumber)
}

func (s *stage) writeDocument(ctx context.Context, id wallet.PassID, points int) error {
	_, err := s.document(id).Set(ctx, card(id, points))
	return err
}

func (s *stage) updateDocument(ctx context.Context, id wallet.PassID, points int) error {
	_, err := s.document(id).Update(ctx, []firestore.Update{{Path: "data.points", Value: points}})
	return err
}

func (s *stage) publishCard(ctx context.Context, id wallet.PassID, points int) error {
	return s.publish(ctx, id, points, card(id, points))
}

func (s *stage) publishPoints(ctx context.Context, id wallet.PassID, points int) error {
	return s.publish(ctx, id, points, map[string]any{"data": map[string]any{"points": points}})
}

// publish puts a message on pass-updates. The points only rise, so they do for the message's revision too.
func (s *stage) publish(ctx context.Context, id wallet.PassID, points int, fields map[string]any) error {
	fields["passTypeIdentifier"], fields["serialNumber"], fields["revision"] = id.PassTypeIdentifier, id.SerialNumber, points
	message, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = s.clients.updates.Publish(ctx, &pubsub.Message{Data: message}).Get(ctx)
	return err
}

func (s *stage) putCard(ctx context.Context, id wallet.PassID, points int) error {
	return s.ask(ctx, http.MethodPut, id, "application/json", card(id, points), nil)
}

func (s *stage) patchPoints(ctx context.Context, id wallet.PassID, points int) error {
	change := map[string]any{"data": map[string]any{"points": points}}
	return s.ask(ctx, http.MethodPatch, id, "application/merge-patch+json", change, nil)
}

// A passView is what is read of the issuer's view of a pass.
type passView struct {
	InstallURL string `json:"installURL"`
	Document   struct {
		Data struct {
			Points int `json:"points"`
		} `json:"data"`
	} `json:"document"`
	Package struct {
		Version int64 `json:"version"`
		Current bool  `json:"current"`
	} `json:"package"`
	Devices struct {
		Registered int `json:"registered"`
		Delivered  int `json:"delivered"`
	} `json:"devices"`
}

func (s *stage) view(ctx context.Context, id wallet.PassID) (v passView, err error) {
	return v, s.ask(ctx, http.MethodGet, id, "", nil, &v)
}

// installLink returns the install link of a pass, as soon as its document is there.
func (s *stage) installLink(ctx context.Context, id wallet.PassID) (link string, err error) {
	err = persist(ctx, func() error {
		v, err := s.view(ctx, id)
		link = v.InstallURL
		return err
	})
	return link, err
}

// ask makes one request of the issuer's API.
func (s *stage) ask(ctx context.Context, method string, id wallet.PassID, mediaType string, body map[string]any, into *passView) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	status, answer, err := call(ctx, s.http, method, s.services["issue"].URL()+"/issuer/v1/passes/"+id.String(), mediaType, text)
	if err != nil {
		return err
	}
	if status/100 != 2 {
		return fmt.Errorf("%s %v: status %d: %s", method, id, status, bytes.TrimSpace(answer))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// call makes one HTTP request.
func call(ctx context.Context, client *http.Client, method, url, mediaType string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
