package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

const rewardPass = `{"organizationName":"Corner Roastery","description":"Reward card","nfc":{"message":"{{accountId}}","encryptionPublicKey":"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADmr5Et1OEdcxOeBHPHWiE2J4kuLYJVaIGyBa7M0jBjOQ="},"storeCard":{"headerFields":[{"key":"points","label":"Points","value":"{{points}}"}]}}`

// rewardTemplates is a folder with a template that has a sign-up form.
func rewardTemplates(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "reward.pass"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "reward.pass", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, scale := range []string{"", "@2x", "@3x"} {
		icon, err := os.ReadFile(filepath.Join("..", "..", "shared", "template", "starters", "simple.pass", "icon"+scale+".png"))
		if err != nil {
			t.Fatal(err)
		}
		write("icon"+scale+".png", icon)
		write("personalizationLogo"+scale+".png", icon)
	}
	write("pass.json", []byte(rewardPass))
	write("personalization.json", []byte(`{"description":"Join the Bean Club","requiredPersonalizationFields":["PKPassPersonalizationFieldName","PKPassPersonalizationFieldEmailAddress"]}`))
	return dir
}

const rewardCard = `{"template":"reward","data":{"accountId":"C-1","points":0}}`

var ada = map[string]string{"fullName": "Ada Example", "emailAddress": "ada@example.com", "phoneNumber": "+15550100"}

// rewarded is a world in which card-1 has a sign-up form.
func rewarded(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	templates, err := template.LoadAll(os.DirFS(rewardTemplates(t)))
	if err != nil {
		t.Fatal(err)
	}
	w.packager.Renderer.Templates = templates
	doc := wallet.DocumentSnapshot{ID: id("card-1"), Fields: map[string]any{
		"template": "reward", "data": map[string]any{"accountId": "C-1", "points": int64(0)},
	}}
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	return w
}

// hasForm looks for the sign-up form in the package that is served; all of its files, or none of them, are there.
func (w *world) hasForm() bool {
	w.t.Helper()
	s, _ := signing()
	object, _, err := w.bucket.Open(w.t.Context(), w.pkg("card-1").Object)
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := io.ReadAll(object)
	if err != nil {
		w.t.Fatal(err)
	}
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: s.pool, Now: w.now})
	if err := findings.Err(); err != nil {
		w.t.Fatal(err)
	}
	found := 0
	for _, file := range contents.Source {
		if strings.HasPrefix(file.Name(), "personalization") {
			found++
		}
	}
	asks := len(w.pkg("card-1").RequiredPersonalizationFields)
	if found != 0 && (found != 4 || asks != 2) || found == 0 && asks != 0 {
		w.t.Fatalf("%d files of the form, and the record says that it asks for %d things", found, asks)
	}
	return found > 0
}

// signedUp is the name that the business was handed.
func (w *world) signedUp() string {
	w.t.Helper()
	p, err := w.store.Personalization(w.t.Context(), id("card-1"))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, there := p.Info["phoneNumber"]; there {
		w.t.Error("kept what the form does not ask for")
	}
	return p.Info["fullName"].Reveal()
}

func (p formHolder) showsForm() bool { return p.Passes()[0].SignUp }

// A formHolder is a phone that holds a pass with a form.
type formHolder struct{ *iphone.Phone }

// The life of a sign-up: the form is filled in, the business is told, the form goes, and the phone learns of it.
func TestSignUpStory(t *testing.T) {
	w := rewarded(t)
	phone := formHolder{w.holder("card-1")}
	if !w.hasForm() || !phone.showsForm() {
		t.Fatal("there is no form to fill in")
	}
	if err := phone.Personalize(t.Context(), id("card-1"), map[string]string{"fullName": "Ada Example"}); err == nil {
		t.Error("half a form is taken")
	}
	if err := phone.Personalize(t.Context(), id("card-1"), ada); err != nil {
		t.Fatal(err)
	}
	if w.signedUp() != "Ada Example" {
		t.Errorf("the business was handed %q", w.signedUp())
	}
	w.settle()
	if w.hasForm() || w.pkg("card-1").Version != 2 || len(w.apns.pushes()) != 1 {
		t.Errorf("form %v in version %d, %d pushes", w.hasForm(), w.pkg("card-1").Version, len(w.apns.pushes()))
	}
	if len(w.signUps) != 1 || w.signUps[0] != `{"passTypeIdentifier":"`+passType+`","serialNumber":"card-1"}` {
		t.Errorf("the business was told %q", w.signUps)
	}
	w.update(phone.Phone)
	if phone.showsForm() {
		t.Error("the phone still shows the form")
	}

	// The template still has the form: no later version brings it back, not even the last one.
	doc, err := w.store.Document(t.Context(), id("card-1"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Fields["data"].(map[string]any)["points"] = int64(7)
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if w.hasForm() || w.pkg("card-1").Version != 3 {
		t.Error("the form came back")
	}
	w.store.DeleteDocument(id("card-1"))
	w.settle()
	if w.hasForm() || w.pkg("card-1").Version != 4 {
		t.Error("the form came back in the voided pass")
	}
	if log := w.log.String(); strings.Contains(log, "Ada") || strings.Contains(log, "ada@example.com") {
		t.Errorf("the log names the customer: %s", log)
	}
}

// Two phones hold the pass: who fills in the form first is the customer.
func TestOnePassHasOneCustomer(t *testing.T) {
	w := rewarded(t)
	first, second := w.holder("card-1"), w.holder("card-1")
	if err := first.Personalize(t.Context(), id("card-1"), ada); err != nil {
		t.Fatal(err)
	}
	mallory := map[string]string{"fullName": "Mallory", "emailAddress": "m@example.com"}
	if err := second.Personalize(t.Context(), id("card-1"), mallory); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("the second sign-up: %v", err)
	}
	w.settle()
	if w.signedUp() != "Ada Example" || w.hasForm() {
		t.Errorf("handed over %q, form %v", w.signedUp(), w.hasForm())
	}
}

// Whatever is lost after the sign-up is durable, the user's second try brings the form to its end, though it is refused.
func TestTheSecondTryAnnouncesTheFirst(t *testing.T) {
	w := rewarded(t)
	phone := formHolder{w.holder("card-1")}
	w.lose = 1
	if err := phone.Personalize(t.Context(), id("card-1"), ada); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("with the bus down: %v", err)
	}
	w.settle()
	if !w.hasForm() || w.signUps != nil {
		t.Fatal("something was announced")
	}
	if err := phone.Personalize(t.Context(), id("card-1"), ada); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("the second try: %v", err)
	}
	w.settle()
	w.update(phone.Phone)
	if phone.showsForm() || len(w.signUps) != 1 || w.signedUp() != "Ada Example" {
		t.Errorf("form %v, told %q, handed over %q", phone.showsForm(), w.signUps, w.signedUp())
	}
}

// A package with the form that was on its way when the customer signed up does not become current.
func TestASignUpOvertakesAPackage(t *testing.T) {
	w := rewarded(t)
	phone := w.holder("card-1")
	doc, err := w.store.Document(t.Context(), id("card-1"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Fields["data"].(map[string]any)["points"] = int64(7)
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.packager.Bucket = signsUpMeanwhile{w, func() {
		if err := phone.Personalize(t.Context(), id("card-1"), ada); err != nil {
			t.Error(err)
		}
	}}
	w.repackage()
	if w.hasForm() || w.pkg("card-1").Version != 2 {
		t.Errorf("form %v in version %d", w.hasForm(), w.pkg("card-1").Version)
	}
	w.settle()
	if w.pkg("card-1").Version != 2 {
		t.Errorf("version %d", w.pkg("card-1").Version)
	}
}

// signsUpMeanwhile is a bucket during whose first write a customer signs up.
type signsUpMeanwhile struct {
	*world
	signUp func()
}

func (b signsUpMeanwhile) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return b.bucket.Open(ctx, name)
}

func (b signsUpMeanwhile) Create(ctx context.Context, name string, data []byte) error {
	if b.pkg("card-1").Personalized.IsZero() {
		b.signUp()
	}
	return b.bucket.Create(ctx, name, data)
}

// On a laptop, over HTTP: fill in the form on the simulated iPhone, and read what the business reads.
func TestSignUpInLocalMode(t *testing.T) {
	noGoroutineLeft(t)
	c := newClient(t, serve(t, "-templates", rewardTemplates(t)))
	card := defaultPassType + "/card-1"
	_, _, body := c.call("PUT", "/issuer/v1/passes/"+card, rewardCard)
	var issued struct{ InstallURL string }
	if err := json.Unmarshal(body, &issued); err != nil || issued.InstallURL == "" {
		t.Fatalf("%s", body)
	}
	until(t, "the install link leads to a package", func() bool {
		status, _, _ := c.call("GET", issued.InstallURL+".pkpass", "")
		return status == http.StatusOK
	})
	if status, _, body := c.call("POST", "/local/iphone", issued.InstallURL); status != 201 {
		t.Fatalf("the phone: %d %s", status, body)
	}
	if status, _, body := c.call("GET", "/local/personalizations/"+card, ""); status != 404 {
		t.Errorf("before the sign-up: %d %s", status, body)
	}
	if status, _, body := c.call("POST", "/local/iphone/"+card+"/personalize", `["ada"]`); status != 400 {
		t.Errorf("what is no form: %d %s", status, body)
	}
	info, err := json.Marshal(ada)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, body := c.call("POST", "/local/iphone/"+card+"/personalize", string(info)); status != 200 {
		t.Fatalf("the sign-up: %d %s", status, body)
	}
	status, _, body := c.call("GET", "/local/personalizations/"+card, "")
	if status != 200 || !bytes.Contains(body, []byte(`{"emailAddress":"ada@example.com","fullName":"Ada Example"}`)) {
		t.Errorf("the business reads: %d %s", status, body)
	}
	until(t, "the phone has the pass without the form", func() bool {
		_, _, body := c.call("GET", "/local/iphone", "")
		return !bytes.Contains(body, []byte(`"signUp"`))
	})
	if status, _, body := c.call("POST", "/local/iphone/"+card+"/personalize", string(info)); status != 400 {
		t.Errorf("a second sign-up: %d %s", status, body)
	}
}
