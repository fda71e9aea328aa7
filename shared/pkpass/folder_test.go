package pkpass_test

import (
	"crypto"
	"errors"
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
	return pkpass.OpenKeys(func(reference string) (crypto.Signer, error) {
		if reference != keyReference {
			return nil, fmt.Errorf("asked for %q", reference)
		}
		return key, err
	})
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
			identities, err := pkpass.ReadIdentities(folder, now, opening(key, nil))
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

func TestAFolderRefersToNoKeyThatSigns(t *testing.T) {
	right := issued().Key
	certificates := join(block("CERTIFICATE", issued().Certificate.Raw), block("CERTIFICATE", issued().Intermediate.Raw))
	reference, key := []byte(keyReference+"\n"), block("PRIVATE KEY", pkcs8(t, right))
	refused := errors.New("permission denied")
	for name, test := range map[string]struct {
		text   []byte
		option pkpass.IdentityOption
		want   string
	}{
		"nobody opens it":             {join(certificates, reference), nil, "it stands elsewhere, at " + keyReference},
		"it does not open":            {join(certificates, reference), opening(nil, refused), "PEM private key: permission denied"},
		"beside a key":                {join(certificates, key, reference), opening(right, nil), "more than one private key"},
		"beside another":              {join(certificates, reference, reference), opening(right, nil), "more than one private key"},
		"malformed":                   {join(certificates, []byte("gcpkms://projects\n")), opening(right, nil), `asked for "gcpkms://projects"`},
		"of another scheme":           {join(certificates, []byte("awskms://key/1\n")), opening(right, nil), "or a line gcpkms://…"},
		"without a certificate":       {reference, opening(right, nil), "fits no certificate here (there is none)"},
		"of another certificate":      {join(certificates, reference), opening(newRSAKey(t, 2048), nil), "fits no certificate here"},
		"of a kind unknown to Wallet": {join(certificates, reference), opening(newP384Key(t), nil), "not on P-256"},
	} {
		t.Run(name, func(t *testing.T) {
			var options []pkpass.IdentityOption
			if test.option != nil {
				options = append(options, test.option)
			}
			identities, err := pkpass.ReadIdentities(fstest.MapFS{passType + ".pem": {Data: test.text}}, now, options...)
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
	if _, err := pkpass.ReadIdentities(fstest.MapFS{passType + ".pem": {Data: join(certificates, reference)}}, now,
		opening(nil, refused)); !errors.Is(err, refused) {
		t.Errorf("the cause is lost: %v", err)
	}
}
