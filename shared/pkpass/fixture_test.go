package pkpass_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const (
	passType = "pass.com.example.loyalty"
	team     = "TEAMID1234"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// authority and issued are made once: RSA keys take their time.
var authority = sync.OnceValue(func() *devcerts.Authority {
	a, err := devcerts.New(now)
	if err != nil {
		panic(err)
	}
	return a
})

var issued = sync.OnceValue(func() devcerts.Pass {
	pass, err := authority().IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
	if err != nil {
		panic(err)
	}
	return pass
})

// issue makes a certificate with the one RSA key of the tests.
func issue(t testing.TB, request devcerts.PassRequest) devcerts.Pass {
	t.Helper()
	if request.PassTypeIdentifier == "" {
		request.PassTypeIdentifier = passType
	}
	if request.TeamIdentifier == "" {
		request.TeamIdentifier = team
	}
	if request.Key == nil {
		request.Key = issued().Key
	}
	pass, err := authority().IssuePass(request)
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func newECKey(t testing.TB) *ecdsa.PrivateKey { return newKeyOn(t, elliptic.P256()) }

func newP384Key(t testing.TB) *ecdsa.PrivateKey { return newKeyOn(t, elliptic.P384()) }

func newKeyOn(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSAKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func identityOf(t testing.TB, pass devcerts.Pass) pkpass.Identity {
	t.Helper()
	identity, err := pass.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func testIdentity(t testing.TB) pkpass.Identity { return identityOf(t, issued()) }

func testSigner(t testing.TB) *pkpass.Signer { return pkpass.NewSigner(testIdentity(t), clock) }

func trusted() pkpass.VerifyOptions {
	return pkpass.VerifyOptions{Roots: authority().Pool(), Now: now}
}

// smallSource is the least that Wallet takes without a warning, in two languages.
func smallSource() pkpass.Source {
	return pkpass.Source{
		pkpass.NewFile("pass.json", passOf(nil)),
		pkpass.NewFile("icon.png", []byte("icon 1x")),
		pkpass.NewFile("icon@2x.png", []byte("icon 2x")),
		pkpass.NewFile("icon@3x.png", []byte("icon 3x")),
		pkpass.NewFile("de.lproj/pass.strings", []byte(`"points" = "Punkte";`)),
		pkpass.NewFile("fr.lproj/pass.strings", []byte(`"points" = "points";`)),
	}
}

func mustPackage(t testing.TB, source pkpass.Source) []byte {
	t.Helper()
	data, err := pkpass.Package(source, testSigner(t))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// passJSON is a store card with some fields on its back.
func passJSON(serial string, backFields int) []byte {
	var back []map[string]any
	for i := range backFields {
		back = append(back, map[string]any{"key": fmt.Sprintf("b%d", i), "label": "Opening hours", "value": "Monday to Friday"})
	}
	return passOf(map[string]any{"serialNumber": serial, "storeCard": map[string]any{"backFields": back}})
}

func passOf(more map[string]any) []byte {
	pass := map[string]any{
		"formatVersion": 1, "passTypeIdentifier": passType, "teamIdentifier": team, "serialNumber": "1",
		"organizationName": "Café", "description": "Loyalty card",
	}
	maps.Copy(pass, more)
	text, err := json.Marshal(pass)
	if err != nil {
		panic(err)
	}
	return text
}

// An entry is one file of an archive that a test takes apart and puts together.
type entry struct {
	name string
	data []byte
}

func unzip(t testing.TB, data []byte) []entry {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []entry
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{f.Name, content})
	}
	return entries
}

// rezip writes entries in their order, with the names as they are, compressed as most tools do.
func rezip(t testing.TB, entries []entry) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func fileOf(t testing.TB, data []byte, name string) []byte {
	t.Helper()
	entries := unzip(t, data)
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	if i < 0 {
		t.Fatalf("no %s in the archive", name)
	}
	return entries[i].data
}

// wantRules fails unless the errors among the findings are of exactly these rules.
func wantRules(t testing.TB, findings wallet.Findings, rules ...string) {
	t.Helper()
	var got []string
	for _, f := range findings {
		if f.Severity == wallet.SeverityError && !slices.Contains(got, f.Rule) {
			got = append(got, f.Rule)
		}
	}
	slices.Sort(got)
	slices.Sort(rules)
	if !slices.Equal(got, rules) {
		t.Errorf("errors of the rules %v, want %v:\n%v", got, rules, findings)
	}
}

func wantWarning(t testing.TB, findings wallet.Findings, rule string) {
	t.Helper()
	if !slices.ContainsFunc(findings, func(f wallet.Finding) bool {
		return f.Rule == rule && f.Severity == wallet.SeverityWarning
	}) {
		t.Errorf("no warning of the rule %s:\n%v", rule, findings)
	}
}
