package install_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// bundled returns a link's token to the fixture's pass and to another, which has the same package.
func (f *fixture) bundled() string {
	f.t.Helper()
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	pkg := wallet.CurrentPackage{ID: other}.Next(noon)
	pkg.Object = "packages/1.pkpass"
	_, err := f.store.SavePackage(f.t.Context(), pkg)
	check(f.t, err)
	url, err := wallet.InstallLinks{Keys: f.keys, BaseURL: base, Now: func() time.Time { return f.now }}.InstallURL(card, other)
	check(f.t, err)
	return strings.TrimPrefix(url, base+"/install/")
}

func TestALinkToSeveralPassesGivesABundle(t *testing.T) { // BUN-1 to BUN-4
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	token := f.bundled()
	for _, request := range []struct{ token, userAgent string }{{token, iPhone}, {token + install.BundleSuffix, desktop}} {
		got := f.call(http.MethodGet, request.token, request.userAgent)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/vnd.apple.pkpasses" ||
			!strings.Contains(got.Header().Get("Content-Disposition"), card.SerialNumber+".pkpasses") {
			t.Fatalf("%d %v", got.Code, got.Header())
		}
		bundle, ok := pkpass.OpenBundle(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
		if !ok {
			t.Fatal("it is no bundle")
		}
		var names []string
		for entry := range bundle.Passes() {
			names = append(names, entry.Name)
			if !bytes.Equal(entry.Data, f.data) {
				t.Errorf("%s is another package", entry.Name)
			}
		}
		if strings.Join(names, " ") != "1-"+card.SerialNumber+".pkpass 2-card-2.pkpass" {
			t.Errorf("the bundle has %q", names)
		}
	}
	if page := f.call(http.MethodGet, token, desktop).Body.String(); !strings.Contains(page, token+".pkpasses") || !strings.Contains(page, "1 more") {
		t.Errorf("the page says nothing of the other pass:\n%s", page)
	}
}

func TestABundleWaitsForItsLastPass(t *testing.T) {
	f := newFixture(t)
	if got := f.call(http.MethodGet, f.bundled(), iPhone); got.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", got.Code)
	}
}
