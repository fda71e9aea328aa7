package pkpass_test

import (
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
