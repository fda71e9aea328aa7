package pkpass_test

// The inputs are large and signatures random, so minimizing rarely ends: without shared/tools/fuzz, run with -fuzzminimizetime 10x.

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// Whatever the bytes, the reader neither panics nor passes its bounds, and takes nothing over that has a bad name.
func FuzzVerify(f *testing.F) {
	good := mustPackage(f, smallSource())
	f.Add(good)
	f.Add(rezip(f, unzip(f, good)))
	f.Add(rezip(f, []entry{{"../x", nil}, {"My.pass/pass.json", []byte("{}")}}))
	f.Add(append(good[:len(good)-22:len(good)-22], "PK\x05\x06"...))
	f.Add([]byte("PK\x03\x04"))
	for _, p := range hostilePackages(f) {
		f.Add(p.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		contents, findings := pkpass.Verify(data, trusted())
		if contents == nil {
			if findings.Err() == nil {
				t.Fatal("neither contents nor a finding")
			}
			return
		}
		size := 0
		for _, file := range contents.Source {
			size += len(file.Data())
		}
		if size > 50<<20 {
			t.Errorf("unpacked %d bytes", size)
		}
		if findings.Err() == nil {
			// Only the holder of the key can make this; so the manifest must be one that was signed.
			if !bytes.Equal(contents.Manifest, smallSource().Manifest()) {
				t.Errorf("accepted a manifest that nobody signed: %s", contents.Manifest)
			}
			if _, err := pkpass.Package(contents.Source, testSigner(t)); err != nil {
				t.Errorf("accepted what we refuse to sign: %v", err)
			}
		}
	})
}

// The signature is parsed before anything in it is known to be true. Whatever it is, it signs one manifest at most.
func FuzzSignature(f *testing.F) {
	manifest := smallSource().Manifest()
	good := forge(f, manifest, func(*forgery) {})
	f.Add(good)
	f.Add(forge(f, manifest, func(f *forgery) { f.attributes = nil }))
	f.Add(forge(f, manifest, func(f *forgery) { f.content = manifest }))
	f.Add([]byte("-----BEGIN CMS-----"))
	for _, p := range hostileSignatures(f) {
		f.Add(fileOf(f, p.data, "signature"))
	}
	other := append(smallSource(), pkpass.NewFile("logo.png", []byte("another's")))
	f.Fuzz(func(t *testing.T, signature []byte) {
		contents, findings := pkpass.Verify(withSignature(t, signature), trusted())
		if contents == nil {
			t.Errorf("the files beside it were not read: %v", findings)
		}
		if findings.Err() != nil {
			return
		}
		entries := []entry{{"manifest.json", other.Manifest()}, {"signature", signature}}
		for _, file := range other {
			entries = append(entries, entry{file.Name(), file.Data()})
		}
		if _, findings := pkpass.Verify(rezip(t, entries), trusted()); findings.Err() == nil {
			t.Error("it signs another manifest too")
		}
	})
}

// An identity that is accepted has the key of its certificate, and prints nothing of it.
func FuzzParsePEM(f *testing.F) {
	whole, err := issued().PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if identity, err := pkpass.ParsePEM(data); err == nil {
			_ = identity.Check(passType, team, now) // must not panic, whatever certificate it is
			checkIdentity(t, identity)
		}
		if certificates, err := pkpass.ParseCertificates(data); err == nil && len(certificates) == 0 {
			t.Error("no certificate and no error")
		}
	})
}

func checkIdentity(t *testing.T, identity pkpass.Identity) {
	t.Helper()
	pair := identity.TLSCertificate()
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		t.Fatalf("a %T cannot sign", pair.PrivateKey)
	}
	certified, ok := pair.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !certified.Equal(signer.Public()) {
		t.Errorf("%v has another key than its certificate", identity)
	}
	if printed := fmt.Sprintf("%+v %#v", identity, identity); strings.Contains(printed, "PrivateKey") || strings.Count(printed, identity.String()) != 2 {
		t.Errorf("it prints as %s", printed)
	}
}
