package main

import (
	"archive/zip"
	"bytes"
	"crypto"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	token    = "1.a-token-that-nobody-may-see-here"
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

// issue makes another certificate with the key of the tests.
func issue(t *testing.T, request devcerts.PassRequest) devcerts.Pass {
	t.Helper()
	request.PassTypeIdentifier, request.Key = passType, issued().Key
	if request.TeamIdentifier == "" {
		request.TeamIdentifier = team
	}
	pass, err := authority().IssuePass(request)
	check(t, err)
	return pass
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runTool runs the command as main does, in this process.
func runTool(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = tool{stdout: &out, stderr: &errs, now: clock, openKey: openKey}.run(args)
	return status, out.String(), errs.String()
}

// remoteKey is the one key that is not a file: that of the issued certificate.
const remoteKey = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"

func openKey(reference string) (crypto.Signer, error) {
	if reference != remoteKey {
		return nil, fmt.Errorf("there is no key %s", reference)
	}
	return issued().Key, nil
}

// write makes a file of the test and returns its path.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(file, data, 0o600))
	return file
}

func rootFile(t *testing.T) string { return write(t, "root.pem", authority().RootPEM()) }

// A report is what verify -json prints.
type report struct {
	Valid    bool            `json:"valid"`
	Findings wallet.Findings `json:"findings"`
}

func (r report) rules(severity wallet.Severity) []string {
	var rules []string
	for _, f := range r.Findings {
		if f.Severity == severity {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// verifyJSON runs verify -json on a package, trusting the authority of the tests.
func verifyJSON(t *testing.T, name string, data []byte) (int, report) {
	t.Helper()
	status, stdout, stderr := runTool("verify", write(t, name, data), "-json", "-root", rootFile(t))
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	var r report
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	if r.Valid != (status == 0) {
		t.Errorf("valid is %t and the exit status %d", r.Valid, status)
	}
	return status, r
}

// goodPass is a store card without a fault.
func goodPass() map[string]any {
	return map[string]any{
		"formatVersion": 1, "passTypeIdentifier": passType, "teamIdentifier": team, "serialNumber": "A-1",
		"organizationName": "Café Nord", "description": "Loyalty card", "webServiceURL": "https://passes.example.com/",
		"authenticationToken": token, "expirationDate": "2027-01-31T18:00:00+01:00",
		"storeCard": map[string]any{
			"headerFields":  []any{map[string]any{"key": "points", "label": "Points", "value": 120, "changeMessage": "You have %@ points"}},
			"primaryFields": []any{map[string]any{"key": "balance", "label": "Balance", "value": 12.5, "currencyCode": "EUR"}},
			"backFields":    []any{map[string]any{"key": "tier", "label": "Tier", "value": "Silver", "changeMessage": "Welcome to %@"}},
		},
		"barcodes": []any{map[string]any{"format": "PKBarcodeFormatQR", "message": "A-1", "messageEncoding": "iso-8859-1"}},
	}
}

// with is goodPass with some keys changed; nil removes one.
func with(changes map[string]any) []byte {
	pass := goodPass()
	maps.Copy(pass, changes)
	maps.DeleteFunc(pass, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(pass)
	if err != nil {
		panic(err)
	}
	return text
}

type files map[string][]byte

// goodFiles is a source without a fault.
func goodFiles() files {
	return files{
		"pass.json":             with(nil),
		"icon.png":              picture(38, 38),
		"icon@2x.png":           picture(76, 76),
		"icon@3x.png":           picture(114, 114),
		"de.lproj/pass.strings": []byte("\"Points\" = \"Punkte\";\n\"You have %@ points\" = \"Du hast %@ Punkte\";\n\"Gold\" = \"Gold\";\n"),
	}
}

// picture is a PNG of one colour.
func picture(width, height int) []byte {
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (fs files) source() pkpass.Source {
	var source pkpass.Source
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		source = append(source, pkpass.NewFile(name, fs[name]))
	}
	return source
}

// signed adds manifest and signature, whatever the files are.
func (fs files) signed(t *testing.T) files {
	t.Helper()
	identity, err := issued().Identity()
	check(t, err)
	all := maps.Clone(fs)
	all["manifest.json"] = fs.source().Manifest()
	all["signature"], err = pkpass.NewSigner(identity, clock).Sign(all["manifest.json"])
	check(t, err)
	return all
}

// zip is an archive of the files, as most tools write one.
func (fs files) zip(t *testing.T) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		f, err := w.Create(name)
		check(t, err)
		_, err = f.Write(fs[name])
		check(t, err)
	}
	check(t, w.Close())
	return archive.Bytes()
}

// packaged is a package of the good files with some changed; nil removes one.
func packaged(t *testing.T, changes files) []byte {
	t.Helper()
	all := goodFiles()
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, data []byte) bool { return data == nil })
	return all.signed(t).zip(t)
}
