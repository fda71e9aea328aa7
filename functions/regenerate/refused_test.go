package regenerate_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// Metrics count refusals. A line names the rules, once for each document, and nothing of what the document says.
func TestARefusalIsLogged(t *testing.T) {
	l := newLine(t)
	var log bytes.Buffer
	l.packager.Log = slog.New(slog.NewJSONHandler(&log, nil))
	l.filled("nothing", 1)
	l.fails, l.err = "SavePackage", errDown
	if err := l.deliver(); !errors.Is(err, errDown) || log.Len() > 0 {
		t.Errorf("%v, logged before it was recorded: %s", err, &log)
	}
	l.fails = ""
	l.check(l.deliver())
	l.check(l.deliver())
	if want := `"level":"WARN","msg":"package refused","passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1","rules":["TPL-UNKNOWN"]}`; strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("logged %s", &log)
	}
	log.Reset()
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot {
		return doc.Replace(map[string]any{"template": "points", "data": map[string]any{"fullName": "Ada Example"}})
	})
	l.check(l.deliver())
	if broken := l.current().Problem.Findings; len(broken) < 2 || strings.Count(log.String(), `"`+broken[0].Rule+`"`) != 1 || strings.Contains(log.String(), "Ada") {
		t.Errorf("findings %v, logged %s", broken, &log)
	}
}

// What no document is to blame for is no problem of the document, and leaves nothing behind.
func TestWhatIsNotPackaged(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		spoil   func(*line)
		again   bool
	}{
		"no certificate":         {message, func(l *line) { l.packager.Signers = nil }, true},
		"templates out of reach": {message, func(l *line) { l.packager.Renderer.Templates = noTemplates{} }, true},
		"no JSON":                {`{`, func(*line) {}, false},
		"no pass":                {`{"passTypeIdentifier":"pass.com.example.loyalty"}`, func(*line) {}, false},
	} {
		l := newLine(t)
		l.points(1)
		c.spoil(l)
		err := l.packager.Handle(t.Context(), []byte(c.message))
		again := wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "RegeneratePass", err) != nil
		if err == nil || again != c.again || l.current().Revision != 0 || len(l.objects()) != 0 || l.announced != nil {
			t.Errorf("%s: %v, delivered again %v, record %+v, objects %v", name, err, again, l.current(), l.objects())
		}
	}
}

// A package that a record names and nobody can find is our fault: the deletion of its pass waits for it to be put back.
func TestADeletedPassWhosePackageIsGone(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.check(l.bucket.Remove(t.Context(), l.current().Object))
	l.filled("nothing", 1)
	l.write(wallet.DocumentSnapshot.Delete)
	err := l.deliver()
	if wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "RegeneratePass", err) == nil || l.current().Version != 1 {
		t.Errorf("acknowledged: %v, version %d", err, l.current().Version)
	}
}

// A document may be accepted by who has the certificate before the packager has it, too: the refusal says so, and is tried again
// by the sweep, which knows it by the revision that is missing.
func TestPromise1_ACertificateThatComesLater(t *testing.T) {
	l := newLine(t)
	l.points(1)
	signers, teams := l.packager.Signers, l.packager.Renderer.Teams
	l.packager.Signers, l.packager.Renderer.Teams = nil, nil
	l.check(l.deliver())
	if problem := l.current().Problem; problem == nil || problem.TemplateRevision != "" || problem.Findings[0].Rule != "DOC-PASS-TYPE" {
		t.Errorf("%+v", l.current())
	}
	l.packager.Signers, l.packager.Renderer.Teams = signers, teams
	l.check(l.deliver())
	if l.current().Version != 1 || l.current().Problem != nil || !strings.Contains(l.served(), `"value":1`) {
		t.Errorf("%+v", l.current())
	}
	l.packager.Signers, l.packager.Renderer.Teams = nil, nil
	l.write(wallet.DocumentSnapshot.Delete)
	if err := l.deliver(); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("voiding it without a certificate: %v", err)
	}
}

type noTemplates struct{}

func (noTemplates) Template(context.Context, string) (*template.Template, error) { return nil, errDown }

func rules(findings wallet.Findings) []string {
	var rules []string
	for _, f := range findings {
		rules = append(rules, f.Rule)
	}
	return rules
}
