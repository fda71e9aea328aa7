package eventarc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A Trigger has the events of the documents of a path delivered to a function.
type Trigger struct {
	ID        string
	EventType string // for example "google.cloud.firestore.document.v1.written"
	Database  string
	Document  string // a path pattern, for example "passTypes/{passType}/passes/{serial}"
	Function  string // the function's URL
}

// Create registers a trigger with the Firestore emulator at host:port, which was started with the bridge's address.
func (b *Bridge) Create(ctx context.Context, emulator, project string, t Trigger) error {
	b.mu.Lock()
	b.triggers[t.ID] = t.Function
	b.mu.Unlock()
	body, err := json.Marshal(map[string]any{
		"eventType": t.EventType,
		"database":  t.Database,
		"namespace": "(default)",
		"document":  map[string]string{"value": t.Document, "matchType": "PATH_PATTERN"},
	})
	if err != nil {
		return err
	}
	address := fmt.Sprintf("http://%s/emulator/v1/projects/%s/eventarcTrigger?eventarcTriggerId=%s", emulator, project, url.QueryEscape(t.ID))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := b.client.Do(request)
	if err != nil {
		return fmt.Errorf("create trigger %s: %w", t.ID, err)
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode/100 != 2 {
		return fmt.Errorf("create trigger %s: %s: %s (%v)", t.ID, response.Status, answer, err)
	}
	return nil
}
