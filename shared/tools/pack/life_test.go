package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// The pass whose life is lived, and the device that holds it.
var card = wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "card-1"}

const (
	device       = "d0123456789abcdef"
	pushToken    = "00aa11bb22cc33dd"
	registration = "/v1/devices/" + device + "/registrations/" + passType
	document     = `"template": "points", "data": {"programName": "Bean Club", "organizationName": "Corner Roastery",
		"accountId": "C-2048", "fullName": "Ada Example", "qrCodeLink": "https://example.com/c/2048", "points": 80}`
)

// A life is a pass on its way through all functions.
type life struct {
	*project
	install  string // the path of the pass's install link
	message  []byte // what was published last
	packaged []byte // the signed package
}

// steps are the life of a pass, in which each function does what it is for. A step gets the function's running instance.
var steps = []struct {
	function string
	step     func(t *testing.T, l *life, i *instance)
}{
	{"issue", issued},
	{"changed", changed},
	{"regenerate", regenerated},
	{"install", installed},
	{"register", registered},
	{"push", pushed},
	{"updatable", listed},
	{"latest", fetched},
	{"web", fetchedThroughWeb},
	{"devicelog", logged},
	{"unregister", unregistered},
	{"personalize", personalized},
	{"ingest", ingested},
	{"sweep", swept},
	{"campaign", campaigned},
}

// Each function is packed, built as the buildpack builds it, started in a process of its own with the settings that Terraform
// gives it, and does its work.
func TestEveryFunctionStartsFromItsZip(t *testing.T) {
	var played []string
	for _, s := range steps {
		played = append(played, s.function)
	}
	if slices.Sort(played); !slices.Equal(played, functions(t)) {
		t.Fatalf("the functions are %v, and this test has steps for %v", functions(t), played)
	}
	l := &life{project: newProject(t)}
	buildAhead(t)
	for _, s := range steps {
		ok := t.Run(s.function, func(t *testing.T) { s.step(t, l, l.start(t, s.function)) })
		if !ok {
			t.Fatal("the steps after this one need it")
		}
	}
}

// buildAhead builds what the steps need while they run.
func buildAhead(t *testing.T) {
	var building sync.WaitGroup
	for _, s := range steps {
		building.Go(func() { _, _ = build(s.function) }) // its step reports the error
	}
	t.Cleanup(building.Wait)
}

func issued(t *testing.T, l *life, i *instance) {
	a := i.call(t, http.MethodPut, "/issuer/v1/passes/"+card.String(), "{"+document+"}", "Content-Type", "application/json")
	a.want(t, http.StatusCreated)
	var issued struct{ InstallURL string }
	check(t, json.Unmarshal(a.body, &issued))
	path, ok := strings.CutPrefix(issued.InstallURL, address)
	if !ok {
		t.Errorf("the install link is %q", issued.InstallURL)
	}
	l.install = path
	l.wantDocument(t, card)
}

// wantDocument looks for the document of a pass in Firestore.
func (l *life) wantDocument(t *testing.T, id wallet.PassID) {
	t.Helper()
	doc, err := l.store.Document(t.Context(), id)
	check(t, err)
	if doc.Fields["template"] != "points" {
		t.Errorf("the document in Firestore has %v", doc.Fields)
	}
}

// The trigger calls as Eventarc does. https://cloud.google.com/eventarc/docs/cloudevents
func changed(t *testing.T, l *life, i *instance) {
	name := "passTypes/" + card.PassTypeIdentifier + "/passes/" + card.SerialNumber
	i.call(t, http.MethodPost, "/", "a document before and after", "Content-Type", "application/protobuf",
		"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Type", "google.cloud.firestore.document.v1.written",
		"Ce-Source", "//firestore.googleapis.com/projects/p/databases/(default)", "Ce-Subject", "documents/"+name, "Ce-Document", name,
	).want(t, http.StatusOK)
	l.message = l.project.message(t, wallet.TopicPassChanged)
	var event wallet.PassChanged
	check(t, wallet.ParseEvent(l.message, &event))
	if event.PassID != card {
		t.Errorf("published %s", l.message)
	}
}

func regenerated(t *testing.T, l *life, i *instance) {
	i.push(t, l.message)
	pkg, err := l.store.CurrentPackage(t.Context(), card)
	check(t, err)
	if pkg.Version != 1 {
		t.Fatalf("version %d, problem %v", pkg.Version, pkg.Problem)
	}
	l.message = l.project.message(t, wallet.TopicPassPackaged)
	var event wallet.PassPackaged
	check(t, wallet.ParseEvent(l.message, &event))
	if event.PassID != card || event.Version != 1 {
		t.Errorf("published %s", l.message)
	}
}

func installed(t *testing.T, l *life, i *instance) {
	a := i.call(t, http.MethodGet, l.install+".pkpass", "")
	a.want(t, http.StatusOK)
	contents, findings := pkpass.Verify(a.body, pkpass.VerifyOptions{Roots: l.roots, Now: time.Now()})
	check(t, findings.Err())
	if !bytes.Contains(contents.PassJSON, []byte(card.SerialNumber)) {
		t.Errorf("pass.json is %s", contents.PassJSON)
	}
	l.packaged = a.body
}

func registered(t *testing.T, l *life, i *instance) {
	path, body := registration+"/"+card.SerialNumber, `{"pushToken":"`+pushToken+`"}`
	i.call(t, http.MethodPost, path, body, "Authorization", "ApplePass none").want(t, http.StatusUnauthorized)
	i.call(t, http.MethodPost, path, body, "Authorization", l.authorization(t, card)).want(t, http.StatusCreated)
	if d := l.device(t); d.PushToken != wallet.NewPushToken(pushToken) || len(d.Passes) != 1 {
		t.Errorf("the device in Firestore has %d passes", len(d.Passes))
	}
	l.message = l.project.message(t, wallet.TopicPassPackaged)
}

// device reads the device's record in Firestore.
func (l *life) device(t *testing.T) wallet.Device {
	t.Helper()
	d, err := l.store.Device(t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: device})
	check(t, err)
	return d
}

func pushed(t *testing.T, l *life, i *instance) {
	i.push(t, l.message)
	pushes := l.apns.Pushes()
	if len(pushes) != 1 || pushes[0].PushToken != pushToken || pushes[0].Topic != passType || pushes[0].Status != http.StatusOK {
		t.Errorf("APNs got %+v", pushes)
	}
}

func listed(t *testing.T, _ *life, i *instance) {
	a := i.call(t, http.MethodGet, registration, "")
	a.want(t, http.StatusOK)
	var list struct {
		SerialNumbers []string
		LastUpdated   string
	}
	check(t, json.Unmarshal(a.body, &list))
	if !slices.Equal(list.SerialNumbers, []string{card.SerialNumber}) {
		t.Errorf("listed %s", a.body)
	}
	i.call(t, http.MethodGet, registration+"?passesUpdatedSince="+list.LastUpdated, "").want(t, http.StatusNoContent)
}

func fetched(t *testing.T, l *life, i *instance) {
	path := "/v1/passes/" + card.String()
	a := i.call(t, http.MethodGet, path, "", "Authorization", l.authorization(t, card))
	a.want(t, http.StatusOK)
	if !bytes.Equal(a.body, l.packaged) {
		t.Errorf("%d bytes that are not the package", len(a.body))
	}
	i.call(t, http.MethodGet, path, "", "Authorization", l.authorization(t, card), "If-Modified-Since", a.header.Get("Last-Modified")).
		want(t, http.StatusNotModified)
}

func fetchedThroughWeb(t *testing.T, l *life, i *instance) {
	fetched(t, l, i)
	i.call(t, http.MethodGet, registration, "").want(t, http.StatusOK)
	i.call(t, http.MethodGet, "/v1/nothing", "").want(t, http.StatusNotFound)
}

func logged(t *testing.T, _ *life, i *instance) {
	i.call(t, http.MethodPost, "/v1/log", `{"logs":["the phone is unhappy"]}`).want(t, http.StatusOK)
	i.until(t, "the message is in its log", func(context.Context) bool { return strings.Contains(i.output.String(), "the phone is unhappy") })
}

func unregistered(t *testing.T, l *life, i *instance) {
	i.call(t, http.MethodDelete, registration+"/"+card.SerialNumber, "", "Authorization", l.authorization(t, card)).want(t, http.StatusOK)
	if d := l.device(t); len(d.Passes) != 0 {
		t.Errorf("the device in Firestore has %d passes", len(d.Passes))
	}
}

// The starters have no sign-up form, so the record says that there is one.
func personalized(t *testing.T, l *life, i *instance) {
	pkg, err := l.store.CurrentPackage(t.Context(), card)
	check(t, err)
	pkg.RequiredPersonalizationFields = []string{"PKPassPersonalizationFieldEmailAddress"}
	_, err = l.store.SavePackage(t.Context(), pkg)
	check(t, err)
	path, body := "/v1/passes/"+card.String()+"/personalize", `{"personalizationToken": "dG9rZW4tb25l", "requiredPersonalizationInfo": {"emailAddress": "ada@example.com"}}`
	i.call(t, http.MethodPost, path, body, "Authorization", "ApplePass none").want(t, http.StatusUnauthorized)
	a := i.call(t, http.MethodPost, path, body, "Authorization", l.authorization(t, card))
	a.want(t, http.StatusOK)
	token, err := wallet.ParsePersonalizationToken("dG9rZW4tb25l")
	check(t, err)
	check(t, pkpass.VerifyToken(token, a.body, pkpass.VerifyOptions{Roots: l.roots, Now: time.Now()}).Err())
	var event wallet.PassPersonalized
	check(t, wallet.ParseEvent(l.project.message(t, wallet.TopicPassPersonalized), &event))
	if event.PassID != card {
		t.Errorf("published %v", event)
	}
}

func ingested(t *testing.T, l *life, i *instance) {
	i.push(t, []byte(`{"passTypeIdentifier": "`+passType+`", "serialNumber": "card-2", `+document+`}`))
	l.wantDocument(t, wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "card-2"})
}

func swept(t *testing.T, _ *life, i *instance) {
	a := i.call(t, http.MethodPost, "/", "")
	a.want(t, http.StatusOK)
	var done struct{ Documents, Certificates int }
	check(t, json.Unmarshal(a.body, &done))
	if done.Documents != 2 || done.Certificates != 1 {
		t.Errorf("swept %s, and there are two documents and one certificate", a.body)
	}
}

// campaigned is the campaign that the sweep has made for the template: it has looked at the template, and waits until that has
// settled.
func campaigned(t *testing.T, l *life, i *instance) {
	a := i.call(t, http.MethodPost, "/", "")
	a.want(t, http.StatusOK)
	c, err := l.store.Campaign(t.Context(), wallet.CampaignID{PassTypeIdentifier: passType, Template: "points"})
	check(t, err)
	if c.State != wallet.CampaignRunning || c.TemplateRevision == "" || c.Total == 0 || c.Done != 0 {
		t.Errorf("answered %s, and the campaign is %+v", a.body, c)
	}
}
