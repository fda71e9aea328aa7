package preview_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

var update = flag.Bool("update", false, "write testdata")

// layouts are the starters and what is drawn of each.
var layouts = map[string]string{
	"boarding": "semanticBoardingPass", "coupon": "coupon", "event": "eventTicket", "event-poster": "posterEventTicket", "gift-card": "storeCard",
	"membership": "generic", "membership-poster": "posterGeneric", "points": "storeCard", "rewards": "storeCard", "simple": "generic",
	"stamps": "storeCard",
}

// today is a day on which every sample still counts.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var renderer = sync.OnceValues(func() (document.Renderer, error) {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		return document.Renderer{}, err
	}
	templates, err := template.Builtin()
	teams := map[string]string{"pass.com.example.loyalty": "TEAMID1234"}
	return document.Renderer{Templates: templates, Teams: teams, Keys: keys, WebServiceURL: "https://passes.example.com"}, err
})

// starter renders the sample of a starter. A value in overrides is laid over its pass.json.
func starter(t testing.TB, name string, overrides map[string]any) pkpass.Source {
	t.Helper()
	r, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	sample, ok := template.Sample(name)
	if !ok {
		t.Fatalf("there is no sample of %s", name)
	}
	fields := map[string]any{"template": name, "data": sample.Data}
	rendered, findings, err := r.Render(t.Context(), fields, wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "1"}})
	if err != nil || findings.Err() != nil {
		t.Fatal(err, findings)
	}
	if overrides == nil {
		return rendered.Source
	}
	pass := passOf(t, rendered.Source)
	maps.Copy(pass, overrides)
	return with(rendered.Source, "pass.json", encode(t, pass))
}

// Every starter is drawn in the layout that the newest Wallet draws it in, with what it shows in its order.
func TestEveryStarter(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		t.Run(name, func(t *testing.T) {
			card := draw(t, starter(t, name, nil), preview.Viewer{Now: today})
			if card.Layout != layouts[name] {
				t.Errorf("drawn as %s, want %s", card.Layout, layouts[name])
			}
			got := outline(t, card.Front) + "\n" + outline(t, card.Back)
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("drawn:\n%s\nwant:\n%s", got, want)
			}
			if size := len(card.Stylesheet) + len(withoutImages(card.Front)) + len(withoutImages(card.Back)); size > 24<<10 {
				t.Errorf("takes %d bytes", size)
			}
		})
	}
}
