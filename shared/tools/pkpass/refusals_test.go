package main

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

func TestGoodPackage(t *testing.T) {
	status, r := verifyJSON(t, "good.pkpass", packaged(t, nil))
	if status != 0 || len(r.Findings) > 0 {
		t.Errorf("exit status %d:\n%v", status, r.Findings)
	}
	nfc := map[string]any{"message": "1", "encryptionPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACbmZjIHRlc3Qga2V5IGZvciBhIHBhc3Mu"}
	if status, r = verifyJSON(t, "nfc.pkpass", packaged(t, files{"pass.json": with(map[string]any{"nfc": nfc})})); status != 0 {
		t.Errorf("with nfc: exit status %d:\n%v", status, r.Findings)
	}
}

// poster is a poster event ticket whose classic fields are these.
func poster(fields ...any) map[string]any {
	return map[string]any{
		"storeCard": nil, "preferredStyleSchemes": []any{"posterEventTicket", "eventTicket"},
		"eventTicket": map[string]any{"primaryFields": fields},
	}
}

func field1(changes map[string]any) []byte {
	f := map[string]any{"key": "k", "label": "Label", "value": 1}
	maps.Copy(f, changes)
	maps.DeleteFunc(f, func(_ string, v any) bool { return v == nil })
	return with(map[string]any{"storeCard": map[string]any{"secondaryFields": []any{f}}})
}

// Every cause for which a phone refuses a pass, in a package that has exactly that fault (section 1.10 of the specification).
//
// Two need more than the file. Whether a certificate was revoked (REJ-10) only Apple knows; the test has the half of it that
// the file shows. What a phone does without the entitlement for nfc (REJ-18) is not certain, so that is a warning. REJ-19 is
// about phones before iOS 27 alone, and is an error because they do refuse.
func TestRefusals(t *testing.T) {
	good := goodFiles()
	goodSigned := good.signed(t)
	change := func(changes files) files { // after signing
		all := maps.Clone(goodSigned)
		maps.Copy(all, changes)
		maps.DeleteFunc(all, func(_ string, data []byte) bool { return data == nil })
		return all
	}
	inFolder := make(files)
	for name, data := range goodSigned {
		inFolder["Card.pass/"+name] = data
	}
	pass := func(changes map[string]any) []byte { return packaged(t, files{"pass.json": with(changes)}) }
	expired := issue(t, devcerts.PassRequest{NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-time.Hour)})
	otherTeam := issue(t, devcerts.PassRequest{TeamIdentifier: "OTHERTEAM1"})
	oldIssuer := issue(t, devcerts.PassRequest{IntermediateNotAfter: now.Add(-time.Second)})
	for _, c := range []struct {
		rule, fault string
		data        []byte
		also        []string // other rules that the fault breaks
	}{
		{"REJ-1", "not a zip", []byte("<html>404</html>"), nil},
		{"REJ-1", "files in a folder", inFolder.zip(t), nil},
		{"REJ-2", "no pass.json", change(files{"pass.json": nil}).zip(t), []string{"REJ-7"}},
		{"REJ-2", "no manifest.json", change(files{"manifest.json": nil}).zip(t), nil},
		{"REJ-2", "no signature", change(files{"signature": nil}).zip(t), nil},
		{"REJ-2", "no icon", packaged(t, files{"icon.png": nil, "icon@2x.png": nil, "icon@3x.png": nil}), nil},
		{"REJ-3", "trailing comma", packaged(t, files{"pass.json": []byte(`{"formatVersion": 1,}`)}), nil},
		{"REJ-3", "byte order mark", packaged(t, files{"pass.json": append([]byte("\ufeff"), good["pass.json"]...)}), nil},
		{"REJ-3", "smart quotes", packaged(t, files{"pass.json": []byte(`{“formatVersion”: 1}`)}), nil},
		{"REJ-4", "no description", pass(map[string]any{"description": nil}), nil},
		{"REJ-4", "description is a number", pass(map[string]any{"description": 1}), nil},
		{"REJ-4", "formatVersion is a string", pass(map[string]any{"formatVersion": "1"}), nil},
		{"REJ-5", "no style", pass(map[string]any{"storeCard": nil}), nil},
		{"REJ-5", "two styles", pass(map[string]any{"coupon": map[string]any{}}), nil},
		{"REJ-6", "another pass type", pass(map[string]any{"passTypeIdentifier": "pass.com.example.other"}), nil},
		{"REJ-6", "another team", pass(map[string]any{"teamIdentifier": "OTHERTEAM1"}), nil},
		{"REJ-6", "certificate of another team", signedBy(t, otherTeam), nil},
		{"REJ-7", "a file was changed", change(files{"icon.png": picture(39, 39)}).zip(t), nil},
		{"REJ-7", "a file was added", change(files{"logo.png": picture(100, 50)}).zip(t), nil},
		{"REJ-7", "a file was removed", change(files{"de.lproj/pass.strings": nil}).zip(t), nil},
		{"REJ-8", "signature of another manifest", change(files{"signature": files{"icon.png": good["icon.png"]}.signed(t)["signature"]}).zip(t), nil},
		{"REJ-8", "attached signature", forged(t, attached), nil},
		{"REJ-8", "signature as PEM", change(files{"signature": pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: goodSigned["signature"]})}).zip(t), nil},
		{"REJ-9", "no intermediate", forged(t, withoutIntermediate), nil},
		{"REJ-9", "old intermediate", signedBy(t, oldIssuer), nil},
		{"REJ-10", "certificate expired before it signed", signedBy(t, expired), nil},
		{"REJ-10", "signed after the certificate expired", forged(t, signedAt(issued().Certificate.NotAfter.Add(time.Hour))), []string{"SIG-7"}}, // and so in the future
		{"REJ-11", "no signing time", forged(t, withoutSigningTime), nil},
		{"REJ-12", "expirationDate without zone", pass(map[string]any{"expirationDate": "2027-01-31T18:00:00"}), nil},
		{"REJ-12", "date of a field without zone", packaged(t, files{"pass.json": field1(map[string]any{"value": "2027-01-31T18:00:00", "dateStyle": "PKDateStyleShort"})}), nil},
		{"REJ-13", "field without value", packaged(t, files{"pass.json": field1(map[string]any{"value": nil})}), nil},
		{"REJ-13", "field without key", packaged(t, files{"pass.json": field1(map[string]any{"key": nil})}), nil},
		{"REJ-13", "two fields of one key", pass(map[string]any{"storeCard": map[string]any{"backFields": []any{
			map[string]any{"key": "k", "value": 1}, map[string]any{"key": "k", "value": 2}}}}), nil},
		{"REJ-14", "currency of a text", packaged(t, files{"pass.json": field1(map[string]any{"value": "12,50", "currencyCode": "EUR"})}), nil},
		{"REJ-14", "number style of a text", packaged(t, files{"pass.json": field1(map[string]any{"value": "many", "numberStyle": "PKNumberStyleDecimal"})}), nil},
		{"REJ-15", "boarding pass without transitType", pass(map[string]any{"storeCard": nil, "boardingPass": map[string]any{}}), nil},
		{"REJ-16", "broken text table", packaged(t, files{"de.lproj/pass.strings": []byte(`"Points" = "Punkte"`)}), nil},
		{"REJ-16", "text table in Latin-1", packaged(t, files{"de.lproj/pass.strings": []byte("\"Points\" = \"Gr\xfc\xdfe\";")}), nil},
		{"REJ-17", "short token", pass(map[string]any{"authenticationToken": "fifteen-letters"}), nil},
		{"REJ-19", "posterGeneric alone", pass(map[string]any{"storeCard": nil, "posterGeneric": map[string]any{}}), nil},
		{"REJ-20", "broken field beside a poster", pass(poster(map[string]any{"key": "k"})), []string{"REJ-13"}},
		{"REJ-20", "currency of a text beside a poster", pass(poster(map[string]any{"key": "k", "value": "x", "currencyCode": "EUR"})), []string{"REJ-14"}},
	} {
		t.Run(c.rule+" "+c.fault, func(t *testing.T) {
			status, r := verifyJSON(t, "bad.pkpass", c.data)
			if status != 1 {
				t.Errorf("exit status %d, want 1", status)
			}
			want := append([]string{c.rule}, c.also...)
			slices.Sort(want)
			got := slices.DeleteFunc(r.rules(wallet.SeverityError), func(rule string) bool { return showsCause(r.Findings, rule) })
			if !slices.Equal(got, want) {
				t.Errorf("rules %v, want %v:\n%v", got, want, r.Findings)
			}
		})
	}
	t.Run("REJ-18 nfc without the entitlement", func(t *testing.T) {
		_, r := verifyJSON(t, "nfc.pkpass", pass(map[string]any{"nfc": map[string]any{"message": "1", "encryptionPublicKey": "MDkw"}}))
		if !slices.Contains(r.rules(wallet.SeverityWarning), "REJ-18") {
			t.Errorf("no warning REJ-18:\n%v", r.Findings)
		}
	})
}

// showsCause reports a rule that a cause is told by: "… (MAN-3)".
func showsCause(findings wallet.Findings, rule string) bool {
	return slices.ContainsFunc(findings, func(f wallet.Finding) bool {
		return strings.HasPrefix(f.Rule, "REJ-") && !strings.HasPrefix(rule, "REJ-") && strings.Contains(f.Message, "("+rule+")")
	})
}

// The JSON is for programs: these names, and no others.
func TestVerifyJSONShape(t *testing.T) {
	_, stdout, _ := runTool("verify", "-json", "-root", rootFile(t), write(t, "bad.pkpass", []byte("no zip")))
	var whole map[string]any
	check(t, json.Unmarshal([]byte(stdout), &whole))
	if got := slices.Sorted(maps.Keys(whole)); !slices.Equal(got, []string{"findings", "valid"}) {
		t.Errorf("keys %v", got)
	}
	first := whole["findings"].([]any)[0].(map[string]any)
	if got := slices.Sorted(maps.Keys(first)); !slices.Equal(got, []string{"message", "path", "rule", "severity"}) {
		t.Errorf("keys of a finding %v", got)
	}
	if _, stdout, _ = runTool("verify", "-json", "-root", rootFile(t), write(t, "good.pkpass", packaged(t, nil))); stdout != "{\n  \"valid\": true,\n  \"findings\": []\n}\n" {
		t.Errorf("without findings: %s", stdout)
	}
}

// The sign-up form of a reward card is looked into as pass.json is, whether the pass is signed already or to be signed.
func TestTheSignUpFormIsLookedInto(t *testing.T) {
	pass := goodPass()
	pass["nfc"] = map[string]any{"message": "1", "encryptionPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACbmZjIHRlc3Qga2V5IGZvciBhIHBhc3Mu"}
	const fields = `"requiredPersonalizationFields": ["PKPassPersonalizationFieldName"]`
	for _, test := range []struct{ name, form, want string }{
		{"good", `{"description": "Join", ` + fields + `}`, ""},
		{"no JSON", `{`, "PERSONALIZATION personalization.json"},
		{"no description", `{` + fields + `}`, "REJ-4 personalization.json#/description"},
		{"a member twice", `{"description": "Join", "description": "Join", ` + fields + `}`, "JSON-DUPLICATE personalization.json#/description"},
		{"too large", `{"description": "Join` + strings.Repeat("!", 256<<10) + `", ` + fields + `}`, "PKG-SIZE personalization.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := files{"pass.json": with(pass), "personalization.json": []byte(test.form)}
			_, r := verifyJSON(t, "card.pkpass", packaged(t, changes))
			var found []string
			for _, f := range r.Findings {
				if f.Severity == wallet.SeverityError {
					found = append(found, f.Rule+" "+f.Path)
				}
			}
			if got := strings.Join(found, ", "); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
			out := filepath.Join(t.TempDir(), "card.pkpass")
			folder := templateFolder(t, pass, files{"personalization.json": []byte(test.form)})
			status, _, stderr := runTool("sign", folder, "-certs", certsFolder(t, issued()), "-out", out)
			rule, _, _ := strings.Cut(test.want, " ")
			if signed := test.want == ""; (status == 0) != signed || !strings.Contains(stderr, rule) {
				t.Errorf("sign: exit status %d: %s", status, stderr)
			}
		})
	}
}
