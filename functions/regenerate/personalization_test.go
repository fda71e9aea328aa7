package regenerate_test

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// reward gives the line a template with a sign-up form, and a document that uses it.
func (l *line) reward() {
	icon, err := os.ReadFile("../../shared/template/starters/simple.pass/icon@2x.png")
	l.check(err)
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	templates, err := template.LoadAll(fstest.MapFS{
		"reward.pass/pass.json": file(`{"organizationName":"Corner Roastery","description":"Reward card",
			"storeCard":{"headerFields":[{"key":"points","label":"Points","value":"{{points}}"}]}}`),
		"reward.pass/personalization.json": file(`{"description":"Join","requiredPersonalizationFields":["PKPassPersonalizationFieldName"]}`),
		"reward.pass/icon@2x.png":          &fstest.MapFile{Data: icon}, "reward.pass/personalizationLogo@2x.png": &fstest.MapFile{Data: icon},
	})
	l.check(err)
	l.packager.Renderer.Templates = templates
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot {
		return doc.Replace(map[string]any{"template": "reward", "data": map[string]any{"points": int64(1)}})
	})
}

// signUp is a customer who fills in the form of the current package.
func (l *line) signUp() {
	pkg := l.current()
	if len(pkg.RequiredPersonalizationFields) != 1 || pkg.RequiredPersonalizationFields[0] != "PKPassPersonalizationFieldName" {
		l.t.Errorf("the record says that the form asks for %q", pkg.RequiredPersonalizationFields)
	}
	_, err := l.Store.SavePersonalization(l.t.Context(), wallet.Personalization{ID: card, Time: noon}, pkg.Personalize(noon, "digest"))
	l.check(err)
}

// P-60: after the sign-up, the same document makes a version without the form, which is announced; and that once.
func TestASignUpMakesAVersionWithoutTheForm(t *testing.T) {
	l := newLine(t)
	l.reward()
	l.check(l.deliver())
	with := l.served()
	l.signUp()
	signedUp := l.current()
	l.announced = nil
	l.check(l.deliver())
	pkg := l.current()
	if pkg.Version != 2 || pkg.ContentHash == signedUp.ContentHash || pkg.RequiredPersonalizationFields != nil || l.served() != with || !slices.Equal(l.announced, []int64{2}) {
		t.Errorf("%+v, announced %v", pkg, l.announced)
	}
	if !pkg.Personalized.Equal(noon) || pkg.PersonalizationDigest != "digest" {
		t.Error("the sign-up is forgotten")
	}
	l.check(l.deliver())
	if l.current().Revision != pkg.Revision || len(l.objects()) != 2 {
		t.Error("it is made again")
	}
}

// A pass that is void has no form, whether it was filled in or not: there is nothing left to sign up for. It has one again when
// it is revived before anybody has signed up.
func TestAVoidedPassHasNoForm(t *testing.T) {
	for name, void := range map[string]func(*line){
		"taken away": func(l *line) { l.DeleteDocument(card) },
		"deleted":    func(l *line) { l.write(wallet.DocumentSnapshot.Delete) },
		"deleted while it is nonsense": func(l *line) {
			l.filled("nothing", 2)
			l.write(wallet.DocumentSnapshot.Delete)
		},
	} {
		for _, signsUp := range []bool{true, false} {
			l := newLine(t)
			l.reward()
			l.check(l.deliver())
			if signsUp {
				l.signUp()
			}
			void(l)
			l.packager.Now = func() time.Time { return noon.Add(time.Minute) }
			l.check(l.deliver())
			pkg := l.current()
			object, _, err := l.bucket.Open(t.Context(), pkg.Object)
			l.check(err)
			data, err := io.ReadAll(object)
			l.check(err)
			if pkg.Version != 2 || pkg.RequiredPersonalizationFields != nil || bytes.Contains(data, []byte("personalization")) ||
				!strings.Contains(l.served(), `"voided":true`) {
				t.Errorf("%s, signed up %v: %+v", name, signsUp, pkg)
			}
			l.check(l.deliver())
			// An absence is noted anew each time it is seen; see TestPromise1_ADocumentTakenAwayWhileItIsPackaged.
			if again := l.current(); again.Version != 2 || again.Object != pkg.Object || (again.Revision != pkg.Revision) != again.DocumentGone {
				t.Errorf("%s, signed up %v: it is made again", name, signsUp)
			}
			l.reward()
			l.check(l.deliver())
			if pkg := l.current(); pkg.Version != 3 || (pkg.RequiredPersonalizationFields == nil) != signsUp {
				t.Errorf("%s, signed up %v: revived as %+v", name, signsUp, pkg)
			}
		}
	}
}
