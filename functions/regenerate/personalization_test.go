package regenerate_test

import (
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
		return doc.Replace(map[string]any{"template": "reward", "data": map[string]any{"points": int64(1)}}, 0)
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

// A pass whose document was taken away after the sign-up is voided, and its last package had the form still.
func TestAVoidedPassHasNoFormThatWasFilledIn(t *testing.T) {
	for _, signsUp := range []bool{true, false} {
		l := newLine(t)
		l.reward()
		l.check(l.deliver())
		if signsUp {
			l.signUp()
		}
		l.DeleteDocument(card)
		l.packager.Now = func() time.Time { return noon.Add(time.Minute) }
		l.check(l.deliver())
		if pkg := l.current(); pkg.Version != 2 || (pkg.RequiredPersonalizationFields == nil) != signsUp || !strings.Contains(l.served(), `"voided":true`) {
			t.Errorf("signed up %v: %+v", signsUp, pkg)
		}
	}
}
