package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/wallet"
)

// A life is one pass on its way, and what the phone that holds it knows.
type life struct {
	*metered
	points int
	tag    string
	since  string // Last-Modified of what the phone has
}

func newLife(tb testing.TB) *life {
	l := &life{metered: newMetered(tb)}
	l.write()
	l.settle()
	l.take()
	return l
}

const (
	cardPath = "/issuer/v1/passes/" + passType + "/a"
	passPath = "/v1/passes/" + passType + "/a"
	device   = "d1"
	phone    = "Mozilla/5.0 (iPhone)"
	browser  = "Mozilla/5.0 (X11; Linux x86_64)"
)

func registrationsOf(device string) string {
	return "/v1/devices/" + device + "/registrations/" + passType
}

// token is the header that a holder of the pass sends.
func (l *life) token(serial string) string {
	token, err := l.server.backend.keys.AuthenticationToken(1, id(serial))
	l.check(err)
	return "ApplePass " + token.Reveal()
}

// save writes the document in Firestore as a business app does, without a read.
func (l *life) save(points int, more map[string]any) {
	doc, err := l.store.Document(l.tb.Context(), id("a"))
	l.check(err)
	fields := map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": "a", "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/a", "points": int64(points),
	}}
	for key, value := range more {
		fields[key] = value
	}
	doc.Fields = fields
	_, err = l.server.backend.store.SaveDocument(l.tb.Context(), doc)
	l.check(err)
	l.add(bill.Operations{Calls: -1}) // that no function of ours waits for
	l.points = points
}

func (l *life) write() { l.save(l.points+1, nil) }

func (l *life) ingest() {
	l.points++
	message := fmt.Sprintf(`{"passTypeIdentifier":%q,"serialNumber":"a","data":{"points":%d}}`, passType, l.points)
	l.check(l.publish(l.tb.Context(), wallet.TopicPassUpdates, []byte(message)))
	l.deliver()
}

func (l *life) patch(points int) {
	l.points = points
	l.request(http.StatusOK, http.MethodPatch, cardPath, fmt.Sprintf(`{"data":{"points":%d}}`, points), "Content-Type", "application/merge-patch+json")
}

func (l *life) register(device string, want int) {
	l.request(want, http.MethodPost, registrationsOf(device)+"/a", fmt.Sprintf(`{"pushToken":"%x"}`, device), "Authorization", l.token("a"))
}

func (l *life) unregister(device string) {
	l.request(http.StatusOK, http.MethodDelete, registrationsOf(device)+"/a", "", "Authorization", l.token("a"))
}

// list asks what changed and keeps the tag.
func (l *life) list(want int) {
	path := registrationsOf(device)
	if l.tag != "" {
		path += "?passesUpdatedSince=" + l.tag
	}
	answer := l.request(want, http.MethodGet, path, "")
	if want != http.StatusOK {
		return
	}
	var body struct {
		LastUpdated string `json:"lastUpdated"`
	}
	l.check(json.Unmarshal(answer.Body.Bytes(), &body))
	l.tag = body.LastUpdated
}

func (l *life) fetch(want int) {
	answer := l.request(want, http.MethodGet, passPath, "", "Authorization", l.token("a"), "If-Modified-Since", l.since)
	if want == http.StatusOK {
		l.since = answer.Header().Get("Last-Modified")
	}
}

func (l *life) install(userAgent string) {
	links := wallet.InstallLinks{Keys: l.server.backend.keys, BaseURL: l.server.url, Now: l.clock}
	url, err := links.InstallURL(id("a"))
	l.check(err)
	l.request(http.StatusOK, http.MethodGet, strings.TrimPrefix(url, l.server.url), "", "User-Agent", userAgent)
}

func (l *life) campaign() { l.request(http.StatusOK, http.MethodPost, "/local/campaigns", "") }

func (l *life) sweep() { l.request(http.StatusOK, http.MethodPost, "/local/sweep", "") }

// grown adds passes that were packaged and have no device.
func (l *life) grown(prefix string, count int) {
	l.tb.Helper()
	builtin, err := template.Builtin()
	l.check(err)
	points, err := builtin.Template(l.tb.Context(), "points")
	l.check(err)
	for n := range count {
		pass := id(fmt.Sprintf("%s%d", prefix, n))
		revision, err := l.store.SaveDocument(l.tb.Context(), wallet.DocumentSnapshot{ID: pass, Fields: map[string]any{"template": "points"}})
		l.check(err)
		pkg := wallet.CurrentPackage{ID: pass, SourceRevision: revision, TokenKeyVersion: 1}.Next(l.now)
		pkg.Object = pkg.ObjectName(pkg.Version, strings.Repeat("0", 32))
		pkg.Template, pkg.TemplateRevision = "points", points.Revision()
		_, err = l.store.SavePackage(l.tb.Context(), pkg)
		l.check(err)
		l.check(l.server.backend.bucket.Create(l.tb.Context(), pkg.Object, []byte("package")))
	}
	l.waiting = nil
	l.take()
}
