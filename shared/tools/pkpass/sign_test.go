package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/devcerts"
)

// certsFolder holds the identity of the tests as a server has it.
func certsFolder(t *testing.T, pass devcerts.Pass) string {
	t.Helper()
	text, err := pass.PEM()
	check(t, err)
	folder := t.TempDir()
	check(t, os.WriteFile(filepath.Join(folder, passType+".pem"), text, 0o600))
	return folder
}

// templateFolder writes a template in Apple's source layout; nil in files removes one.
func templateFolder(t *testing.T, pass map[string]any, changes files) string {
	t.Helper()
	text, err := json.Marshal(pass)
	check(t, err)
	all := goodFiles()
	all["pass.json"] = text
	maps.Copy(all, changes)
	folder := filepath.Join(t.TempDir(), "Card.pass")
	for name, data := range all {
		if data == nil {
			continue
		}
		file := filepath.Join(folder, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(file), 0o755))
		check(t, os.WriteFile(file, data, 0o644))
	}
	return folder
}

// card is a template without web service, with placeholders also in what belongs to a server.
func card() map[string]any {
	return map[string]any{
		"passTypeIdentifier": passType, "serialNumber": "card-{{number}}", "organizationName": "Café", "description": "Card",
		"storeCard": map[string]any{"primaryFields": []any{map[string]any{"key": "points", "value": "{{points}}"}}},
	}
}

func TestSignWhatVerifies(t *testing.T) {
	out := filepath.Join(t.TempDir(), "card.pkpass")
	data := write(t, "data.json", []byte(`{"points": 120, "number": 7}`))
	status, stdout, stderr := runTool("sign", templateFolder(t, card(), nil), "-data", data, "-certs", certsFolder(t, issued()), "-out", out)
	if status != 0 {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	if status, stdout, _ := runTool("verify", "-root", rootFile(t), out); status != 0 {
		t.Errorf("what was signed does not verify:\n%s", stdout)
	}
	p, err := readPassFile(out, now)
	check(t, err)
	if p.text("serialNumber") != "card-7" || p.text("teamIdentifier") != team || p.fields()[0].value() != "120" || p.pass["formatVersion"] != int64(1) {
		t.Errorf("pass.json is %v", p.pass)
	}
	if _, ok := p.pass["webServiceURL"]; ok {
		t.Error("a pass without web service has one")
	}
	if p.tables["de"].Keys() == nil {
		t.Error("the language was lost")
	}
}

func TestSignWithAKeyInCloudKMS(t *testing.T) {
	certs, out := t.TempDir(), filepath.Join(t.TempDir(), "card.pkpass")
	text := append(certificatePEM(issued().Certificate), certificatePEM(issued().Intermediate)...)
	check(t, os.WriteFile(filepath.Join(certs, passType+".pem"), append(text, remoteKey+"\n"...), 0o600))
	if status, stdout, stderr := runTool("sign", templateFolder(t, goodPass(), nil), "-certs", certs, "-out", out); status != 0 {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	if status, stdout, _ := runTool("verify", "-root", rootFile(t), out); status != 0 {
		t.Errorf("what was signed does not verify:\n%s", stdout)
	}
}

// STY-2: a pass for iOS 27 and newer alone is signed, with a warning, although verify says who refuses it (REJ-19).
func TestSignPosterGenericAlone(t *testing.T) {
	pass := card()
	delete(pass, "storeCard")
	pass["posterGeneric"], pass["serialNumber"] = map[string]any{}, "1"
	out := filepath.Join(t.TempDir(), "card.pkpass")
	status, stdout, stderr := runTool("sign", templateFolder(t, pass, nil), "-certs", certsFolder(t, issued()), "-out", out)
	if status != 0 || !strings.Contains(stdout, "STY-2") {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	if status, stdout, _ := runTool("verify", "-root", rootFile(t), out); status != 1 || !strings.Contains(stdout, "REJ-19") {
		t.Errorf("verify: exit status %d: %s", status, stdout)
	}
}

func TestSignTakesIdentifiersFromFlags(t *testing.T) {
	pass := goodPass()
	pass["passTypeIdentifier"] = "pass.com.example.other"
	out := filepath.Join(t.TempDir(), "card.pkpass")
	status, _, stderr := runTool("sign", "-type", passType, "-serial", "S-1", "-out", out, "-certs", certsFolder(t, issued()), templateFolder(t, pass, nil))
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	p, err := readPassFile(out, now)
	check(t, err)
	if p.text("passTypeIdentifier") != passType || p.text("serialNumber") != "S-1" || p.pass["authenticationToken"] != token {
		t.Errorf("pass.json is %v", p.pass)
	}
}

func TestSignRefuses(t *testing.T) {
	without := func(key string) map[string]any {
		pass := card()
		delete(pass, key)
		return pass
	}
	otherTeam := card()
	otherTeam["teamIdentifier"] = "OTHERTEAM1"
	certs := certsFolder(t, issued())
	filled := write(t, "data.json", []byte(`{"points": 120, "number": 7}`))
	link := templateFolder(t, card(), files{"logo.png": nil})
	check(t, os.Symlink("/etc/hostname", filepath.Join(link, "logo.png")))
	for _, c := range []struct {
		name, folder, data, certs string
		status                    int
		want                      string
	}{
		{"without data", templateFolder(t, card(), nil), "", certs, 1, "TPL-MISSING"},
		{"without description", templateFolder(t, without("description"), nil), filled, certs, 1, "REJ-4"},
		{"without serial number", templateFolder(t, without("serialNumber"), nil), write(t, "data.json", []byte(`{"points": 1}`)), certs, 1, "REJ-4"},
		{"without a style", templateFolder(t, without("storeCard"), nil), filled, certs, 1, "REJ-5"},
		{"without icon", templateFolder(t, card(), files{"icon.png": nil, "icon@2x.png": nil, "icon@3x.png": nil}), filled, certs, 1, "REJ-2"},
		{"broken pass.json", templateFolder(t, nil, files{"pass.json": []byte("{,}")}), filled, certs, 1, "REJ-3"},
		{"broken text table", templateFolder(t, card(), files{"de.lproj/pass.strings": []byte("x")}), filled, certs, 1, "de.lproj/pass.strings"},
		{"a link out of the folder", link, filled, certs, 1, "PKG-5"},
		{"certificate of another team", templateFolder(t, otherTeam, nil), filled, certs, 1, "REJ-6"},
		{"without pass type", templateFolder(t, without("passTypeIdentifier"), nil), filled, certs, 2, "-type"},
		{"without certificates", templateFolder(t, card(), nil), filled, t.TempDir(), 2, "there is no"},
		{"with an expired certificate", templateFolder(t, card(), nil), filled,
			certsFolder(t, issue(t, devcerts.PassRequest{NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, -1)})), 2, "expired"},
		{"with data that is none", templateFolder(t, card(), nil), write(t, "data.json", []byte("points=1")), certs, 2, "not a JSON object: line 1, column 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "card.pkpass")
			status, stdout, stderr := runTool("sign", c.folder, "-data", c.data, "-certs", c.certs, "-out", out)
			if status != c.status || !strings.Contains(stderr, c.want) || status == 1 != strings.Contains(stderr, ": not signed (") {
				t.Errorf("exit status %d, want %d and %q:\n%s%s", status, c.status, c.want, stdout, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a package was written")
			}
		})
	}
}
