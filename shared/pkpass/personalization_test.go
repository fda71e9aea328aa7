package pkpass_test

import (
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

func tokenOf(t *testing.T, text string) wallet.PersonalizationToken {
	t.Helper()
	token, err := wallet.ParsePersonalizationToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func signToken(t *testing.T, token wallet.PersonalizationToken) []byte {
	t.Helper()
	signature, err := pkpass.NewTokenSigner(testIdentity(t), clock).Sign(token)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestSignedToken(t *testing.T) {
	token := tokenOf(t, "q83vASNFZ4mrze8BI0VniavN7wEjRWeJ")
	signature := signToken(t, token)
	if findings := pkpass.VerifyToken(token, signature, trusted()); len(findings) > 0 {
		t.Errorf("findings:\n%v", findings)
	}
	if pkpass.VerifyToken(tokenOf(t, "another"), signature, trusted()).Err() == nil {
		t.Error("it verifies for another token")
	}
	if pkpass.VerifyToken(token, signature[:len(signature)-1], trusted()).Err() == nil {
		t.Error("it verifies with its end cut off")
	}
	strangers, err := devcerts.New(now)
	if err != nil {
		t.Fatal(err)
	}
	if pkpass.VerifyToken(token, signature, pkpass.VerifyOptions{Roots: strangers.Pool(), Now: now}).Err() == nil {
		t.Error("it verifies under another root")
	}
}

func TestOpenSSLVerifiesASignedToken(t *testing.T) {
	openssl := tool(t, "openssl")
	dir := t.TempDir()
	const text = "0F8FAD5B-D9CB-469F-A165-70867728950E"
	write(t, dir, "token", []byte(text))
	write(t, dir, "signature", signToken(t, tokenOf(t, text)))
	write(t, dir, "root.pem", authority().RootPEM())
	verify := []string{"cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "signature",
		"-content", "token", "-CAfile", "root.pem", "-attime", "1788264000", "-out", "content"}
	if out, err := run(dir, openssl, verify...); err != nil {
		t.Errorf("openssl cms -verify: %v\n%s", err, out)
	}
	write(t, dir, "token", []byte(text+"\n"))
	if out, err := run(dir, openssl, verify...); err == nil {
		t.Errorf("openssl verifies another token too:\n%s", out)
	}
}

// There is no token but of the right shape (see package wallet), and no token at all is not signed either.
func TestWhatIsNoTokenIsNotSigned(t *testing.T) {
	if signature, err := pkpass.NewTokenSigner(testIdentity(t), clock).Sign(wallet.PersonalizationToken{}); err == nil || signature != nil {
		t.Errorf("nothing was signed: %x", signature)
	}
}

// The signature of a token makes no pass of it: put beside a manifest, it says that other bytes were signed.
func TestASignedTokenSignsNoManifest(t *testing.T) {
	entries := unzip(t, mustPackage(t, smallSource()))
	for i := range entries {
		if entries[i].name == "signature" {
			entries[i].data = signToken(t, tokenOf(t, "token-1"))
		}
	}
	_, findings := pkpass.Verify(rezip(t, entries), trusted())
	wantRules(t, findings, "REJ-8")
}

func TestTokensAreSignedOnTheConditionsOfPasses(t *testing.T) { // P-50, P-52
	for name, at := range map[string]time.Time{
		"before the certificate begins": now.AddDate(-2, 0, 0),
		"a day before it ends":          testIdentity(t).NotAfter().Add(-23 * time.Hour),
		"after it ended":                testIdentity(t).NotAfter().Add(time.Hour),
	} {
		signer := pkpass.NewTokenSigner(testIdentity(t), func() time.Time { return at })
		if _, err := signer.Sign(tokenOf(t, "token-1")); err == nil {
			t.Errorf("signed %s", name)
		}
	}
}
