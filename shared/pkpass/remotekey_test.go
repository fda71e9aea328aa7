package pkpass_test

import (
	"crypto"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// elsewhere is a signer of each pass type, whose keys stand elsewhere and are opened by open.
func elsewhere(t *testing.T, open pkpass.KeyOpener, passTypes ...string) map[string]*pkpass.Signer {
	t.Helper()
	folder := fstest.MapFS{"AppleWWDRCAG4.cer": {Data: issued().Intermediate.Raw}}
	for _, name := range passTypes {
		leaf := block("CERTIFICATE", issue(t, devcerts.PassRequest{PassTypeIdentifier: name}).Certificate.Raw)
		folder[name+".pem"] = &fstest.MapFile{Data: join(leaf, []byte("gcpkms://"+name+"\n"))}
	}
	identities, err := pkpass.ReadIdentities(folder, pkpass.OpenKeys(func(string) error { return nil }, open))
	if err != nil {
		t.Fatal(err)
	}
	signers := make(map[string]*pkpass.Signer)
	for name, identity := range identities {
		signers[name] = pkpass.NewSigner(identity, clock)
	}
	return signers
}

// Promise 6: a key that is out of reach stops its own pass type, and only for as long.
func TestPromise6_AKeyIsOpenedForItsFirstSignature(t *testing.T) {
	const other = "pass.com.example.other"
	refused := errors.New("permission denied")
	opened := make(map[string]int)
	signers := elsewhere(t, func(reference string) (crypto.Signer, error) {
		opened[reference]++
		if reference == "gcpkms://"+other && opened[reference] == 1 {
			return nil, refused
		}
		return issued().Key, nil
	}, passType, other)
	if len(opened) > 0 {
		t.Errorf("opened without a signature: %v", opened)
	}
	sign := func(name string) error { _, err := signers[name].Sign([]byte("{}")); return err }
	if err := sign(other); !errors.Is(err, refused) || !strings.Contains(err.Error(), "private key of "+other) {
		t.Errorf("out of reach: %v", err)
	}
	for range 2 {
		for _, name := range []string{passType, other} {
			if err := sign(name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if opened["gcpkms://"+passType] != 1 || opened["gcpkms://"+other] != 2 {
		t.Errorf("opened %v, want each once, and once more what failed", opened)
	}
}

// The certificate decides which key is the right one.
func TestAKeyElsewhereThatIsNotTheCertificatesSignsNothing(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"another": newRSAKey(t, 2048), "of a kind unknown to Wallet": newP384Key(t)} {
		wrong := &counted{Signer: key}
		signer := elsewhere(t, func(string) (crypto.Signer, error) { return wrong, nil }, passType)[passType]
		_, err := signer.Sign([]byte("{}"))
		for _, want := range []string{"gcpkms://" + passType, `the private key fits no certificate here ("Pass Type ID: ` + passType} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if wrong.signatures.Load() > 0 {
			t.Errorf("%s: it was asked to sign", name)
		}
	}
}

func TestAKeyIsOpenedOnceForAllWhoWait(t *testing.T) {
	passes := issued() // made outside of the bubble
	synctest.Test(t, func(t *testing.T) {
		var opened atomic.Int32
		signer := elsewhere(t, func(string) (crypto.Signer, error) {
			opened.Add(1)
			time.Sleep(time.Second)
			return passes.Key, nil
		}, passType)[passType]
		var signing sync.WaitGroup
		for range 8 {
			signing.Go(func() {
				if _, err := signer.Sign([]byte("{}")); err != nil {
					t.Error(err)
				}
			})
		}
		signing.Wait()
		if opened.Load() != 1 {
			t.Errorf("opened %d times", opened.Load())
		}
	})
}

// counted counts what a key is asked for.
type counted struct {
	crypto.Signer
	signatures atomic.Int32
}

func (c *counted) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	c.signatures.Add(1)
	return c.Signer.Sign(random, digest, options)
}
