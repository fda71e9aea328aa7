package pkpass_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mozilla.org/pkcs7"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// The structure is read byte for byte here, without the package's own reader.
func TestScenario17_SignatureStructure(t *testing.T) {
	manifest := smallSource().Manifest()
	signature, err := testSigner(t).Sign(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if signature[0] != 0x30 || signature[1] != 0x82 {
		t.Fatalf("signature begins with % X: not DER", signature[:2])
	}
	// A SET OF three, in the order of their bytes: content type data, signing time, message digest. (RFC 5652, section 11)
	attributes := "a069" +
		"3018" + "06092a864886f70d010903" + "310b" + "06092a864886f70d010701" +
		"301c" + "06092a864886f70d010905" + "310f" + "170d" + text("260901120000Z") +
		"302f" + "06092a864886f70d010904" + "3122" + "0420" + digest(manifest)
	mustContain(t, signature, "signed attributes", attributes)
	mustContain(t, signature, "detached content", "300b06092a864886f70d010701a0") // certificates follow, not [0] content
	mustContain(t, signature, "digest algorithm SHA-256", "310d300b0609608648016503040201")

	parsed, err := pkcs7.Parse(signature)
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Content) != 0 {
		t.Error("the content is attached")
	}
	if n := len(parsed.Certificates); n != 2 || !parsed.Certificates[0].Equal(issued().Certificate) ||
		!parsed.Certificates[1].Equal(issued().Intermediate) {
		t.Errorf("%d certificates inside, want the pass certificate and its issuer", n)
	}
	parsed.Content = manifest
	if err := parsed.VerifyWithChain(authority().Pool()); err != nil {
		t.Errorf("another implementation refuses it: %v", err)
	}
	var signingTime time.Time
	if err := parsed.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &signingTime); err != nil || !signingTime.Equal(now) {
		t.Errorf("signing time %v (%v), want %v", signingTime, err, now)
	}
}

func TestSigningTimeIsUTC(t *testing.T) {
	elsewhere := time.FixedZone("UTC+9", 9*3600)
	signer := pkpass.NewSigner(testIdentity(t), func() time.Time { return now.In(elsewhere) })
	signature, err := signer.Sign([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, signature, "signing time", "170d"+text("260901120000Z"))
}

func TestScenario25_CertificateNearItsEndIsRefused(t *testing.T) {
	tests := []struct {
		name    string
		request devcerts.PassRequest
		want    string // "" when it signs
	}{
		{"a day and a second left", devcerts.PassRequest{NotAfter: now.Add(24*time.Hour + time.Second)}, ""},
		{"less than a day left", devcerts.PassRequest{NotAfter: now.Add(24*time.Hour - time.Second)}, "expires in 23h59m59s"},
		{"expired", devcerts.PassRequest{NotAfter: now.Add(-time.Second)}, "expired at"},
		{"not yet valid (P-52)", devcerts.PassRequest{NotBefore: now.Add(time.Second)}, "is not valid before"},
		{"intermediate expired (P-33)", devcerts.PassRequest{IntermediateNotAfter: now.Add(-time.Second)}, "Worldwide Developer Relations"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			identity := identityOf(t, issue(t, test.request))
			_, signErr := pkpass.NewSigner(identity, clock).Sign([]byte("{}"))
			checkErr := identity.Check(passType, team, now)
			for _, err := range []error{signErr, checkErr} {
				if test.want == "" && err != nil {
					t.Errorf("refused: %v", err)
				}
				if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("error %v, want %q in it", err, test.want)
				}
			}
		})
	}
}

// P-50: a signer that lives longer than its certificate notices.
func TestSignerLooksAtTheDatesEachTime(t *testing.T) {
	at := now
	signer := pkpass.NewSigner(testIdentity(t), func() time.Time { return at })
	if _, err := signer.Sign([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	at = testIdentity(t).NotAfter().Add(-time.Hour)
	if _, err := signer.Sign([]byte("{}")); err == nil {
		t.Error("signed an hour before the certificate expires")
	}
}

func TestSigningTimeBeyondUTCTimeSIG7(t *testing.T) {
	after := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	late, err := devcerts.New(after)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := late.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team, Key: issued().Key})
	if err != nil {
		t.Fatal(err)
	}
	signer := pkpass.NewSigner(identityOf(t, pass), func() time.Time { return after })
	if _, err := signer.Sign([]byte("{}")); err == nil || !strings.Contains(err.Error(), "UTCTime") {
		t.Errorf("Sign in 2050 = %v, want an error about UTCTime", err)
	}
}

// ECDSA values vary in length; each length must give a structure that verifies.
func TestECDSASIG9(t *testing.T) {
	signer := pkpass.NewSigner(identityOf(t, issue(t, devcerts.PassRequest{Key: newECKey(t)})), clock)
	lengths := make(map[int]bool)
	for i := 0; len(lengths) < 3 && i < 500; i++ {
		data, err := pkpass.Package(smallSource(), signer)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(data)] = true
		_, findings := pkpass.Verify(data, trusted())
		wantRules(t, findings)
		wantWarning(t, findings, "SIG-9")
	}
	if len(lengths) < 2 {
		t.Errorf("signatures of %d lengths, want several", len(lengths))
	}
}

// A key that lives elsewhere can only sign, and may turn out to be another one.
type remoteKey struct {
	public crypto.PublicKey
	signer crypto.Signer
	err    error
}

func (k remoteKey) Public() crypto.PublicKey { return k.public }
func (k remoteKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if k.err != nil {
		return nil, k.err
	}
	return k.signer.Sign(random, digest, options)
}

func TestRemoteKey(t *testing.T) {
	right := issued().Key
	wrong := newRSAKey(t, 2048)
	down := errors.New("key service is down")
	tests := []struct {
		name string
		key  remoteKey
		ok   bool
	}{
		{"right", remoteKey{right.Public(), right, nil}, true},
		{"signs with another key", remoteKey{right.Public(), wrong, nil}, false},
		{"down", remoteKey{right.Public(), right, down}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			identity, err := pkpass.NewIdentity(test.key, issued().Certificate, issued().Intermediate)
			if err != nil {
				t.Fatal(err)
			}
			data, err := pkpass.Package(smallSource(), pkpass.NewSigner(identity, clock))
			if (err == nil) != test.ok {
				t.Fatalf("Package = %v", err)
			}
			if test.key.err != nil && !errors.Is(err, test.key.err) {
				t.Errorf("error %v does not wrap the key's", err)
			}
			if test.ok {
				_, findings := pkpass.Verify(data, trusted())
				wantRules(t, findings)
			}
		})
	}
}

func TestSignerIsForManyGoroutines(t *testing.T) {
	signer := testSigner(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			data, err := pkpass.Package(smallSource(), signer)
			if err != nil {
				t.Error(err)
				return
			}
			if _, findings := pkpass.Verify(data, trusted()); findings.Err() != nil {
				t.Error(findings)
			}
		})
	}
	wg.Wait()
}

func text(s string) string { return hexOf([]byte(s)) }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hexOf(sum[:])
}

// oid is the DER of an object identifier.
func oid(numbers ...int) []byte {
	der, err := asn1.Marshal(asn1.ObjectIdentifier(numbers))
	if err != nil {
		panic(err)
	}
	return der
}

func mustContain(t *testing.T, der []byte, what, hex string) {
	t.Helper()
	if !bytes.Contains([]byte(hexOf(der)), []byte(hex)) {
		t.Errorf("%s: %s is not in\n%x", what, hex, der)
	}
}
