package store_test

import (
	"context"
	"errors"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// Somebody edits a campaign in the console, and a number becomes one with a decimal point. The one record is unreadable, for
// whoever asks for it and for whoever meets it.
func TestACampaignThatCannotBeRead(t *testing.T) {
	client, s, pass := googleClient(t), open(t), freshPass()
	id := wallet.CampaignID{PassTypeIdentifier: pass.PassTypeIdentifier, Template: "points"}
	other := wallet.CampaignID{PassTypeIdentifier: pass.PassTypeIdentifier, Template: "stamps"}
	for _, id := range []wallet.CampaignID{id, other} {
		_, err := s.SaveCampaign(t.Context(), wallet.NewCampaign(id))
		check(t, err)
	}
	record := client.Doc("passTypes/" + id.PassTypeIdentifier + "/campaigns/" + id.Template)
	_, err := record.Set(t.Context(), map[string]any{"state": "running", "pace": 0.5})
	check(t, err)
	t.Cleanup(func() { // every other test would meet it
		_, err := record.Delete(context.WithoutCancel(t.Context()))
		check(t, err)
	})
	if c, err := s.Campaign(t.Context(), id); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := s.Campaign(t.Context(), other); err != nil {
		t.Errorf("the one beside it: %v", err)
	}
	good, bad := 0, 0
	for c, err := range s.Campaigns(t.Context()) {
		switch {
		case errors.Is(err, wallet.ErrInvalid):
			bad++
		case err != nil:
			t.Fatal(err)
		case c.ID == other:
			good++
		}
	}
	if good != 1 || bad != 1 {
		t.Errorf("met %d and %d that cannot be read, want 1 and 1", good, bad)
	}
}
