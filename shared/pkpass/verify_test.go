package pkpass_test

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

func TestVerifyGivesTheContents(t *testing.T) {
	contents, findings := pkpass.Verify(mustPackage(t, smallSource()), trusted())
	if len(findings) > 0 {
		t.Fatalf("findings in a good package:\n%v", findings)
	}
	if !bytes.Equal(contents.PassJSON, passOf(nil)) || !bytes.Equal(contents.Manifest, smallSource().Manifest()) {
		t.Error("pass.json or manifest.json came out different")
	}
	if !contents.SigningTime.Equal(now) || !contents.Certificate.Equal(issued().Certificate) {
		t.Errorf("signed at %v by %v", contents.SigningTime, contents.Certificate.Subject)
	}
	if len(contents.Source) != len(smallSource()) || len(contents.Signature) == 0 {
		t.Errorf("%d files, want %d", len(contents.Source), len(smallSource()))
	}
	for _, want := range smallSource() {
		if got, ok := contents.Source.File(want.Name()); !ok || !bytes.Equal(got.Data(), want.Data()) {
			t.Errorf("%s came out different", want.Name())
		}
	}
}

// Each test changes the files of a good package.
func TestScenario18_ChangedFilesAreRefused(t *testing.T) {
	good := unzip(t, mustPackage(t, smallSource()))
	tests := []struct {
		name   string
		change func(files map[string][]byte)
		rules  []string
	}{
		{"one byte of pass.json", replace("pass.json", "Loyalty", "Royalty"), []string{"REJ-7"}},
		{"an added file", func(files map[string][]byte) { files["logo.png"] = []byte("logo") }, []string{"MAN-2"}},
		{"an added file in a language", func(files map[string][]byte) { files["de.lproj/logo.png"] = nil }, []string{"MAN-2"}},
		{"a dropped file", remove("icon.png"), []string{"MAN-3"}},
		{"a dropped manifest line", func(files map[string][]byte) {
			files["manifest.json"] = smallSource()[1:].Manifest()
		}, []string{"MAN-2", "REJ-8"}},
		{"reformatted manifest", replace("manifest.json", ",", ",\n"), []string{"REJ-8"}},
		{"upper-case digest", upperDigest, []string{"MAN-1", "REJ-8"}},
		{"SHA-256 digest", func(files map[string][]byte) {
			files["manifest.json"] = []byte(`{"pass.json":"` + strings.Repeat("ab", 32) + `"}`)
		}, []string{"MAN-2", "MAN-4", "REJ-8"}},
		{"manifest that lists itself", func(files map[string][]byte) {
			files["manifest.json"] = bytes.Replace(files["manifest.json"], []byte("{"),
				[]byte(`{"manifest.json":"`+strings.Repeat("a", 40)+`","signature":"`+strings.Repeat("a", 40)+`",`), 1)
		}, []string{"MAN-2", "REJ-8"}},
		{"manifest with a line twice", func(files map[string][]byte) {
			sum := sha1.Sum(files["icon.png"])
			files["manifest.json"] = bytes.Replace(files["manifest.json"], []byte("{"), []byte(`{"icon.png":"`+hexOf(sum[:])+`",`), 1)
		}, []string{"MAN-1", "REJ-8"}},
		{"manifest is no JSON", replace("manifest.json", "}", ",}"), []string{"MAN-1", "REJ-8"}},
		{"manifest is an array", func(files map[string][]byte) { files["manifest.json"] = []byte("[]") }, []string{"MAN-1", "REJ-8"}},
		{"no pass.json", remove("pass.json"), []string{"REJ-2", "MAN-3"}},
		{"no manifest.json", remove("manifest.json"), []string{"REJ-2"}},
		{"no signature", remove("signature"), []string{"REJ-2"}},
		{"trailing comma in pass.json", replace("pass.json", "}", ",}"), []string{"REJ-3", "REJ-7"}},
		{"BOM before pass.json", replace("pass.json", "{", "\ufeff{"), []string{"REJ-3", "REJ-7"}},
		{"smart quotes in pass.json", replace("pass.json", `"`, "“"), []string{"REJ-3", "REJ-7"}},
		{"Latin-1 in pass.json", replace("pass.json", "é", "\xe9"), []string{"REJ-3", "REJ-7"}},
		{"pass.json with a key twice", replace("pass.json", "{", `{"serialNumber":"2",`), []string{"JSON-DUPLICATE", "REJ-7"}},
		{"all at once", func(files map[string][]byte) {
			files["logo.png"] = nil
			delete(files, "icon.png")
			files["pass.json"] = []byte("{")
			files["signature"] = nil
		}, []string{"MAN-2", "MAN-3", "REJ-3", "REJ-7", "SIG-1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := make(map[string][]byte)
			for _, e := range good {
				files[e.name] = e.data
			}
			test.change(files)
			var entries []entry
			for name, data := range files {
				entries = append(entries, entry{name, data})
			}
			_, findings := pkpass.Verify(rezip(t, entries), trusted())
			wantRules(t, findings, test.rules...)
		})
	}
}

func TestScenario18_ChangedSignaturesAreRefused(t *testing.T) {
	manifest := smallSource().Manifest()
	expired := issue(t, devcerts.PassRequest{NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-time.Hour)})
	fresh := issue(t, devcerts.PassRequest{NotBefore: now.Add(time.Minute)})
	oldIssuer := issue(t, devcerts.PassRequest{IntermediateNotAfter: now.Add(-time.Second)})
	unmarked := issue(t, devcerts.PassRequest{WithoutMarker: true})
	tests := []struct {
		name   string
		change func(*forgery)
		rules  []string
	}{
		{"nothing", func(*forgery) {}, nil},
		{"content attached", func(f *forgery) { f.content = manifest }, []string{"SIG-1"}},
		{"another content type", func(f *forgery) { f.contentType = signedDataOID }, []string{"SIG-2"}},
		{"not signedData", func(f *forgery) { f.outerType = dataOID }, []string{"SIG-2"}},
		{"version 3", func(f *forgery) { f.version = 3 }, []string{"SIG-2"}},
		{"signer by key identifier", func(f *forgery) { f.bySubjectKey = true }, []string{"SIG-2"}},
		{"two signers", func(f *forgery) { f.signersTwice = true }, []string{"SIG-2"}},
		{"no certificates", func(f *forgery) { f.certificates = nil }, []string{"SIG-3"}},
		{"signer not inside", func(f *forgery) { f.certificates = f.certificates[1:] }, []string{"SIG-3"}},
		{"intermediate not inside", func(f *forgery) { f.certificates = f.certificates[:1] }, []string{"REJ-9"}},
		{"another intermediate of the same name", func(f *forgery) { f.certificates[1] = oldIssuer.Intermediate }, []string{"REJ-9"}},
		{"intermediate expired", func(f *forgery) { f.signAs(oldIssuer) }, []string{"REJ-9"}},
		{"no content type", func(f *forgery) { f.attributes = f.attributes[1:] }, []string{"SIG-4"}},
		{"no message digest", func(f *forgery) { f.attributes = f.attributes[:2] }, []string{"SIG-4"}},
		{"another signed content type", func(f *forgery) {
			f.attributes[0] = der(0x30, contentTypeOf, der(0x31, signedDataOID))
			slices.SortFunc(f.attributes, bytes.Compare)
		}, []string{"SIG-4"}},
		{"an attribute that is none", func(f *forgery) { f.attributes = append(f.attributes, []byte{0x31, 0}) }, []string{"SIG-4"}},
		{"a certificate that is none", func(f *forgery) { f.certificates[1] = &x509.Certificate{Raw: []byte{0x30, 0}} }, []string{"SIG-3"}},
		{"no attributes", func(f *forgery) { f.attributes = nil }, []string{"REJ-11", "SIG-4"}},
		{"no signing time", func(f *forgery) { f.attributes = slices.Delete(f.attributes, 1, 2) }, []string{"REJ-11"}},
		{"signing time twice", func(f *forgery) { f.attributes = slices.Insert(f.attributes, 1, f.attributes[1]) }, []string{"SIG-4"}},
		{"signing time under another name", func(f *forgery) {
			f.attributes[1] = bytes.Replace(f.attributes[1], timeOf, oid(1, 2, 840, 113549, 1, 7, 5), 1)
			slices.SortFunc(f.attributes, bytes.Compare)
		}, []string{"REJ-11", "SIG-5"}},
		{"unsorted", func(f *forgery) { slices.Reverse(f.attributes) }, []string{"SIG-6"}},
		{"signing time without seconds", func(f *forgery) { f.attributes[1] = timeText("2609011200Z") }, []string{"SIG-7"}},
		{"signing time with a zone", func(f *forgery) { f.attributes[1] = timeText("260901120000+0000") }, []string{"SIG-7"}},
		{"signing time of 13 other letters", func(f *forgery) { f.attributes[1] = timeText("26090112000.Z") }, []string{"SIG-7"}},
		{"GeneralizedTime", func(f *forgery) { f.attributes[1] = generalizedTime("20260901120000Z") }, []string{"SIG-7"}},
		{"signed in the future", func(f *forgery) { f.attributes[1] = timeAttribute(now.Add(time.Hour)) }, []string{"SIG-7"}},
		{"signed in 1990", func(f *forgery) { f.attributes[1] = timeText("900101000000Z") }, []string{"REJ-9", "SIG-7"}},
		{"signed before the certificate", func(f *forgery) { f.signAs(fresh) }, []string{"SIG-7"}},
		{"signed after the certificate", func(f *forgery) { f.signAs(expired) }, []string{"REJ-10"}},
		{"unlisted digest", func(f *forgery) { f.listedOID = sha1OID }, []string{"SIG-8"}},
		{"unknown digest", func(f *forgery) {
			f.digestOID = oid(2, 16, 840, 1, 101, 3, 4, 2, 3)
			f.listedOID = f.digestOID
		}, []string{"SIG-8"}},
		{"algorithm of another key", func(f *forgery) { f.algorithm = ecdsaOID }, []string{"SIG-8"}},
		{"algorithm with the digest", func(f *forgery) { f.algorithm = oid(1, 2, 840, 113549, 1, 1, 11) }, nil},
		{"digest of other bytes", func(f *forgery) { f.attributes[2] = digestAttribute(hashOf(crypto.SHA256, nil)) }, []string{"REJ-8"}},
		{"signed with the implicit tag", func(f *forgery) { f.setTag = 0xa0 }, []string{"SIG-13"}},
		{"certificate swapped", func(f *forgery) {
			other := issue(t, devcerts.PassRequest{})
			f.certificates[0] = other.Certificate
		}, []string{"SIG-3"}},
		{"another pass type", func(f *forgery) {
			f.signAs(issue(t, devcerts.PassRequest{PassTypeIdentifier: "pass.com.example.other"}))
		}, []string{"REJ-6"}},
		{"another team", func(f *forgery) { f.signAs(issue(t, devcerts.PassRequest{TeamIdentifier: "OTHERTEAM1"})) }, []string{"REJ-6"}},
		{"short key", func(f *forgery) { f.signAs(issue(t, devcerts.PassRequest{Key: newRSAKey(t, 1024)})) }, []string{"SIG-8"}},
		{"P-384 key", func(f *forgery) {
			f.algorithm = ecdsaOID
			f.signAs(issue(t, devcerts.PassRequest{Key: newP384Key(t)}))
		}, []string{"SIG-8"}},
		{"not a pass certificate", func(f *forgery) { f.signAs(unmarked) }, []string{"REJ-6", "SIG-13"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, findings := pkpass.Verify(withSignature(t, forge(t, manifest, test.change)), trusted())
			wantRules(t, findings, test.rules...)
		})
	}

	t.Run("one byte of the value", func(t *testing.T) {
		signature := forge(t, manifest, func(*forgery) {})
		signature[len(signature)-1] ^= 1
		_, findings := pkpass.Verify(withSignature(t, signature), trusted())
		wantRules(t, findings, "SIG-13")
	})
	t.Run("SHA-1 is a warning", func(t *testing.T) {
		_, findings := pkpass.Verify(withSignature(t, forge(t, manifest, func(f *forgery) {
			f.digest, f.digestOID, f.listedOID = crypto.SHA1, sha1OID, sha1OID
			f.attributes[2] = digestAttribute(hashOf(crypto.SHA1, manifest))
		})), trusted())
		wantRules(t, findings)
		wantWarning(t, findings, "SIG-8")
	})
	t.Run("root inside is a warning", func(t *testing.T) {
		block, _ := pem.Decode(authority().RootPEM())
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := pkpass.Verify(withSignature(t, forge(t, manifest, func(f *forgery) {
			f.certificates = append(f.certificates, root)
		})), trusted())
		wantRules(t, findings)
		wantWarning(t, findings, "SIG-3")
	})
	t.Run("expired before is no warning besides", func(t *testing.T) {
		_, findings := pkpass.Verify(withSignature(t, forge(t, manifest, func(f *forgery) { f.signAs(expired) })), trusted())
		if len(findings) != 1 {
			t.Errorf("findings:\n%v", findings)
		}
	})
	t.Run("expired since is a warning", func(t *testing.T) {
		options := trusted()
		options.Now = issued().Certificate.NotAfter.Add(time.Hour)
		_, findings := pkpass.Verify(withSignature(t, forge(t, manifest, func(*forgery) {})), options)
		wantRules(t, findings)
		wantWarning(t, findings, "CRT-4")
	})
}

func TestSignatureInAnotherFormSIG1(t *testing.T) {
	signature := forge(t, smallSource().Manifest(), func(*forgery) {})
	indefinite := append([]byte{0x30, 0x80}, signature[4:]...)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"PEM", pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: signature}), "PEM"},
		{"S/MIME", append([]byte("MIME-Version: 1.0\n\n"), signature...), "S/MIME"},
		{"BER", append(indefinite, 0, 0), "BER"},
		{"trailing bytes", append(slices.Clone(signature), 0), "after the end"},
		{"cut short", signature[:len(signature)-1], "DER"},
		{"long form of a length", append([]byte{0x30, 0x83, 0}, signature[2:]...), "DER"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, findings := pkpass.Verify(withSignature(t, test.data), trusted())
			wantRules(t, findings, "SIG-1")
			if !strings.Contains(findings.Error(), test.want) {
				t.Errorf("%v, want %q in it", findings, test.want)
			}
		})
	}
}

func TestForeignRootSIG13(t *testing.T) {
	other, err := devcerts.New(now)
	if err != nil {
		t.Fatal(err)
	}
	_, findings := pkpass.Verify(mustPackage(t, smallSource()), pkpass.VerifyOptions{Roots: other.Pool(), Now: now})
	wantRules(t, findings, "SIG-13")
}

// The dates of the root are looked at too, and not those of the two certificates inside alone.
func TestExpiredRootSIG13(t *testing.T) {
	root := *derivedRoot(t, "root")
	root.NotAfter = now.Add(-time.Second)
	expired := derivedCertificate(t, &root, nil, derivedKey(t, "root").Public(), "root")
	_, findings := pkpass.Verify(stored(t, signedEntries(t)...), pkpass.VerifyOptions{Roots: poolOf(expired), Now: now})
	wantRules(t, findings, "SIG-13")
}

// Without roots, Apple's intermediate is the anchor: ours is told apart from it although it looks the same.
func TestAppleIsTheDefaultAnchorREJ9(t *testing.T) {
	_, findings := pkpass.Verify(mustPackage(t, smallSource()), pkpass.VerifyOptions{Now: now})
	wantRules(t, findings, "REJ-9")
	if !strings.Contains(findings.Error(), "Throw-Away Worldwide Developer Relations") {
		t.Errorf("the finding does not name the issuer: %v", findings)
	}
}

// withSignature is the small package with another signature.
func withSignature(t testing.TB, signature []byte) []byte {
	entries := []entry{{"manifest.json", smallSource().Manifest()}, {"signature", signature}}
	for _, f := range smallSource() {
		entries = append(entries, entry{f.Name(), f.Data()})
	}
	return rezip(t, entries)
}

func replace(name, old, new string) func(map[string][]byte) {
	return func(files map[string][]byte) { files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1) }
}

func remove(name string) func(map[string][]byte) {
	return func(files map[string][]byte) { delete(files, name) }
}

func upperDigest(files map[string][]byte) {
	name := []byte(`"icon.png":"`)
	at := bytes.Index(files["manifest.json"], name) + len(name)
	manifest := bytes.Clone(files["manifest.json"])
	copy(manifest[at:], bytes.ToUpper(manifest[at:at+40]))
	files["manifest.json"] = manifest
}

func hashOf(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
