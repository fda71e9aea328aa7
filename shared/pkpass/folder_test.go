package pkpass_test

import (
	"crypto"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// certificate is the PEM text of a certificate alone, without a key, that ends at a time.
func certificate(t *testing.T, passType string, notAfter time.Time) []byte {
	t.Helper()
	return block("CERTIFICATE", issue(t, devcerts.PassRequest{PassTypeIdentifier: passType, NotAfter: notAfter}).Certificate.Raw)
}

func TestExpiriesAreReadWithoutKeys(t *testing.T) { // P-50
	const other, gone = "pass.com.example.other", "pass.com.example.gone"
	soon, later, past := now.Add(time.Hour), now.AddDate(0, 6, 0), now.Add(-time.Hour)
	got, err := pkpass.ReadExpiries(fstest.MapFS{
		passType + ".pem":            {Data: join(certificate(t, passType, later), block("CERTIFICATE", issued().Intermediate.Raw))},
		other + "/" + other + ".pem": {Data: join(certificate(t, other, later), certificate(t, other, soon))},
		gone + ".pem":                {Data: certificate(t, gone, past)}, // whose end one wants to know most of all
		"AppleWWDRCAG4.cer":          {Data: issued().Intermediate.Raw},
	})
	want := map[string]time.Time{passType: later, other: soon, gone: past}
	if err != nil || !maps.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func TestABadFileHidesNoOtherExpiry(t *testing.T) {
	const bad, foreign = "pass.com.example.bad", "pass.com.example.foreign"
	got, err := pkpass.ReadExpiries(fstest.MapFS{
		passType + ".pem": {Data: certificate(t, passType, now)},
		bad + ".pem":      {Data: []byte("no certificate")},
		foreign + ".pem":  {Data: certificate(t, passType, now)},
	})
	if names := slices.Collect(maps.Keys(got)); !slices.Equal(names, []string{passType}) {
		t.Errorf("expiries of %v", names)
	}
	for _, want := range []string{bad + ".pem: certificates: ", foreign + ".pem: holds no certificate for the pass type " + foreign} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	if _, err := pkpass.ReadExpiries(fstest.MapFS{"root.pem": {Data: []byte("no certificate")}}); err == nil {
		t.Error("a folder with an unreadable intermediate has no error")
	}
	if _, err := pkpass.ReadExpiries(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "no file named <passTypeIdentifier>.pem") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestTeamsAreReadWithoutKeys(t *testing.T) {
	got, err := pkpass.ReadTeams(fstest.MapFS{passType + ".pem": {Data: certificate(t, passType, now)}})
	if err != nil || got[passType] != team || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	_, err = pkpass.ReadTeams(fstest.MapFS{"pass.com.example.other.pem": {Data: certificate(t, passType, now)}})
	if err == nil || !strings.Contains(err.Error(), "holds no certificate for the pass type pass.com.example.other") {
		t.Errorf("of another pass type: %v", err)
	}
}

const keyReference = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"

// opening opens the one key that a folder refers to, or fails.
func opening(key crypto.Signer, err error) pkpass.IdentityOption {
	return pkpass.OpenKeys(isKeyReference, func(string) (crypto.Signer, error) { return key, err })
}

func isKeyReference(reference string) error {
	if reference != keyReference {
		return fmt.Errorf("there is no key %q", reference)
	}
	return nil
}

// KEY-7: the key stands elsewhere, and its certificate says where.
func TestAFolderRefersToAKey(t *testing.T) {
	leaf, issuer := block("CERTIFICATE", issued().Certificate.Raw), block("CERTIFICATE", issued().Intermediate.Raw)
	for name, text := range map[string][]byte{
		"last":            join(leaf, issuer, []byte(keyReference)),
		"first":           join([]byte(keyReference+"\n"), issuer, leaf),
		"between":         join(leaf, []byte("\n  "+keyReference+" \r\n"), issuer),
		"with other text": join([]byte("see gcpkms://, or ask\n"), leaf, issuer, []byte(keyReference+"\n# gcpkms://retired\n")),
	} {
		t.Run(name, func(t *testing.T) {
			key := remoteKey{issued().Key.Public(), issued().Key, nil}
			folder := fstest.MapFS{passType + ".pem": {Data: text}}
			identities, err := pkpass.ReadIdentities(folder, opening(key, nil))
			if err != nil {
				t.Fatal(err)
			}
			data, err := pkpass.Package(smallSource(), pkpass.NewSigner(identities[passType], clock))
			if err != nil {
				t.Fatal(err)
			}
			_, findings := pkpass.Verify(data, trusted())
			wantRules(t, findings)

			// Who needs the certificate alone need not open the key.
			if teams, err := pkpass.ReadTeams(folder); err != nil || teams[passType] != team {
				t.Errorf("teams %v, %v", teams, err)
			}
			if expiries, err := pkpass.ReadExpiries(folder); err != nil || len(expiries) != 1 {
				t.Errorf("expiries %v, %v", expiries, err)
			}
		})
	}
}

// Promise 6: what is wrong with one pass type's dates is found when it signs, and stops no other.
func TestPromise6_AnExpiredCertificateKeepsNoOtherFromSigning(t *testing.T) {
	key := block("PRIVATE KEY", pkcs8(t, issued().Key))
	folder := fstest.MapFS{"AppleWWDRCAG4.cer": {Data: issued().Intermediate.Raw}, passType + ".pem": {Data: join(certificate(t, passType, now.AddDate(1, 0, 0)), key)}}
	refused := map[string]time.Time{"pass.com.example.ended": now.Add(-time.Hour), "pass.com.example.ends": now.Add(23 * time.Hour)}
	for other, notAfter := range refused {
		folder[other+".pem"] = &fstest.MapFile{Data: join(certificate(t, other, notAfter), key)}
	}
	identities, err := pkpass.ReadIdentities(folder)
	if err != nil || len(identities) != 3 {
		t.Fatalf("%d identities, %v", len(identities), err)
	}
	if _, err := pkpass.NewSigner(identities[passType], clock).Sign([]byte("{}")); err != nil {
		t.Errorf("the good one: %v", err)
	}
	for other := range refused {
		if _, err := pkpass.NewSigner(identities[other], clock).Sign([]byte("{}")); err == nil || !strings.Contains(err.Error(), "expire") {
			t.Errorf("%s: %v", other, err)
		}
	}
}

// What no time mends is found at once, so that a rollout stops.
func TestAFolderWithoutAnIssuerIsRefused(t *testing.T) {
	text := join(certificate(t, passType, now.Add(-time.Hour)), block("PRIVATE KEY", pkcs8(t, issued().Key)))
	_, err := pkpass.ReadIdentities(fstest.MapFS{passType + ".pem": {Data: text}})
	if err == nil || !strings.Contains(err.Error(), passType+".pem: ") || strings.Contains(err.Error(), "expired") {
		t.Errorf("%v", err)
	}
}

func TestAFolderRefersToNoKeyThatSigns(t *testing.T) {
	right := issued().Key
	certificates := join(block("CERTIFICATE", issued().Certificate.Raw), block("CERTIFICATE", issued().Intermediate.Raw))
	reference, key := []byte(keyReference+"\n"), block("PRIVATE KEY", pkcs8(t, right))
	another := block("CERTIFICATE", issue(t, devcerts.PassRequest{Key: newRSAKey(t, 2048)}).Certificate.Raw)
	for name, test := range map[string]struct {
		text   []byte
		option pkpass.IdentityOption
		want   string
	}{
		"nobody opens it":         {join(certificates, reference), nil, "it stands elsewhere, at " + keyReference},
		"beside a key":            {join(certificates, key, reference), opening(right, nil), "more than one private key"},
		"beside another":          {join(certificates, reference, reference), opening(right, nil), "more than one private key"},
		"malformed":               {join(certificates, []byte("gcpkms://projects\n")), opening(right, nil), `PEM private key: there is no key "gcpkms://projects"`},
		"of another scheme":       {join(certificates, []byte("awskms://key/1\n")), opening(right, nil), "or a line gcpkms://…"},
		"without a certificate":   {reference, opening(right, nil), "fits no certificate here (there is none)"},
		"beside the issuer alone": {join(block("CERTIFICATE", issued().Intermediate.Raw), reference), opening(right, nil), "fits no certificate here (\"Throw-Away Worldwide"},
		"of several certificates": {join(certificates, another, reference), opening(right, nil), "pass certificates of several keys"},
	} {
		t.Run(name, func(t *testing.T) {
			var options []pkpass.IdentityOption
			if test.option != nil {
				options = append(options, test.option)
			}
			identities, err := pkpass.ReadIdentities(fstest.MapFS{passType + ".pem": {Data: test.text}}, options...)
			for _, want := range []string{passType + ".pem: ", test.want} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
			}
			if len(identities) > 0 {
				t.Errorf("identities %v", identities)
			}
		})
	}
}
