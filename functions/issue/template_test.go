package issue_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// brokenSet has every template, and each is broken.
type brokenSet struct{ findings wallet.Findings }

func (b brokenSet) Template(context.Context, string) (*template.Template, error) {
	return nil, b.findings
}

// A broken template is nothing that a document could mend: the answer names the template and what is wrong with it.
func TestABrokenTemplate(t *testing.T) {
	store := inmem.NewStore()
	api := newAPI(t, store)
	var findings wallet.Findings
	findings.Errorf("points.pass/pass.json", "TPL-JSON", "is not JSON")
	api.Writer.Renderer.Templates = brokenSet{findings}
	f := fixture{t, store, api.Routes(slog.New(slog.DiscardHandler))}
	for path, body := range map[string]string{path: whole, campaignPath: ""} {
		a := f.call("PUT", path, body)
		if a.status != 503 || !strings.Contains(a.Detail, "The template points is broken") || !strings.Contains(a.Detail, "the template's") || !slices.Equal(a.Findings, findings) {
			t.Errorf("PUT %s: %d %q %v", path, a.status, a.Detail, a.Findings)
		}
	}
}
