package pkpass_test

import (
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// The golden manifest was made with sha1sum.
func TestManifestMAN1MAN6(t *testing.T) {
	source := pkpass.Source{
		pkpass.NewFile("pass.json", []byte("{}")),
		pkpass.NewFile("icon.png", nil),
		pkpass.NewFile("de.lproj/pass.strings", []byte(`"a" = "b";`)),
	}
	want := `{"de.lproj/pass.strings":"adf9d38c1ed797373c1731011d13ec4013fa8610",` +
		`"icon.png":"da39a3ee5e6b4b0d3255bfef95601890afd80709",` +
		`"pass.json":"bf21a9e8fbc5a3846fb05b4fa0859e0917b2202f"}`
	if got := string(source.Manifest()); got != want {
		t.Errorf("manifest\n%s, want\n%s", got, want)
	}
	source[0], source[2] = source[2], source[0]
	if got := string(source.Manifest()); got != want {
		t.Errorf("manifest depends on the order of files:\n%s", got)
	}
}

// Names that JSON writes in another way are written as encoding/json does.
func TestManifestIsThatOfAnotherWriterMAN1(t *testing.T) {
	var source pkpass.Source
	digests := make(map[string]string)
	for _, name := range []string{"", "plain.png", "ü.png", `"`, `\`, "a<b>&c", "tab\t", "\x7f", "\u2028", "a\xff"} {
		source = append(source, pkpass.NewFile(name, []byte(name)))
		digests[name] = fmt.Sprintf("%x", sha1.Sum([]byte(name)))
	}
	want, err := json.Marshal(digests)
	if err != nil {
		t.Fatal(err)
	}
	if got := source.Manifest(); string(got) != string(want) {
		t.Errorf("manifest\n%s, want\n%s", got, want)
	}
}

func TestContentHash(t *testing.T) {
	const want = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // printf '{}' | sha256sum
	if got := pkpass.ContentHash([]byte("{}")); got != want {
		t.Errorf("ContentHash = %s, want %s", got, want)
	}
}

func TestScenario19_SameManifestTwiceAndOneHashPerChange(t *testing.T) {
	first, second := mustPackage(t, smallSource()), mustPackage(t, smallSource())
	manifest := string(fileOf(t, first, "manifest.json"))
	if again := string(fileOf(t, second, "manifest.json")); again != manifest {
		t.Errorf("two manifests of one source:\n%s\n%s", manifest, again)
	}
	if string(first) != string(second) {
		t.Error("archives differ although source, key and signing time are the same")
	}

	changed := smallSource()
	changed[0] = pkpass.NewFile("pass.json", passOf(map[string]any{"description": "Another card"}))
	var before, after map[string]string
	if err := errors.Join(json.Unmarshal([]byte(manifest), &before), json.Unmarshal(changed.Manifest(), &after)); err != nil {
		t.Fatal(err)
	}
	for name := range before {
		if same := before[name] == after[name]; same == (name == "pass.json") {
			t.Errorf("%s: digest before %s, after %s", name, before[name], after[name])
		}
	}
}

func TestSourceIsRefusedBeforeSigning(t *testing.T) {
	tests := []struct {
		name string
		file string
		rule string
	}{
		{"absolute", "/icon.png", "PKG-6"},
		{"parent", "../icon.png", "PKG-6"},
		{"parent inside", "de.lproj/../icon.png", "PKG-6"},
		{"backslash", `de.lproj\pass.strings`, "PKG-6"},
		{"empty", "", "PKG-6"},
		{"dot", ".", "PKG-6"},
		{"folder", "de.lproj/", "PKG-6"},
		{"control character", "a\nb", "PKG-6"},
		{"not UTF-8", "a\xff", "PKG-6"},
		{"twice", "icon.png", "PKG-6"},
		{"twice in another case", "DE.lproj/pass.strings", "PKG-6"},
		{"manifest", "manifest.json", "MAN-2"},
		{"signature", "signature", "MAN-2"},
		{"manifest in another case", "Manifest.json", "MAN-2"},
		{"signature in another case", "SIGNATURE", "MAN-2"},
		{"Finder", "de.lproj/.DS_Store", "PKG-5"},
		{"resource forks", "__MACOSX/icon.png", "PKG-5"},
		{"resource fork", "._icon.png", "PKG-5"},
		{"longer than archives have room for", strings.Repeat("n", 1<<16), "PKG-6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := pkpass.Package(append(smallSource(), pkpass.NewFile(test.file, nil)), testSigner(t))
			var findings wallet.Findings
			if !errors.As(err, &findings) || !errors.Is(err, wallet.ErrInvalid) {
				t.Fatalf("Package = %v, want findings", err)
			}
			wantRules(t, findings, test.rule)
		})
	}
}

func TestRequiredFilesPKG2REJ2(t *testing.T) {
	wantRules(t, pkpass.Source{}.Check(), "REJ-2", "PKG-2")
	wantRules(t, smallSource().Check())

	oneIcon := pkpass.Source{pkpass.NewFile("pass.json", nil), pkpass.NewFile("en.lproj/icon@2x.png", nil)}
	wantRules(t, oneIcon.Check())
	wantWarning(t, oneIcon.Check(), "PKG-2")

	for i, missing := range []string{"", "icon@2x.png", "icon@3x.png"} {
		var paths []string
		for _, f := range slices.Delete(smallSource(), i+1, i+2).Check() {
			paths = append(paths, f.Path)
		}
		if strings.Join(paths, " ") != missing {
			t.Errorf("without the icon at %dx: %q, want %q", i+1, paths, missing)
		}
	}

	deepIcon := pkpass.Source{pkpass.NewFile("pass.json", nil), pkpass.NewFile("images/icon.png", nil)}
	wantRules(t, deepIcon.Check(), "PKG-2")

	large := append(smallSource(), pkpass.NewFile("strip.png", make([]byte, pkpass.MaxPackageSize)))
	wantRules(t, large.Check(), "PKG-SIZE")
}

// What is signed can be read again: manifest.json and signature count as well.
func TestSourceOfManyFilesPKGSIZE(t *testing.T) {
	source := smallSource()
	for i := len(source); i < 998; i++ {
		source = append(source, pkpass.NewFile(fmt.Sprintf("file-%d", i), nil))
	}
	if _, findings := pkpass.Read(mustPackage(t, source)); findings.Err() != nil {
		t.Error(findings)
	}
	wantRules(t, append(source, pkpass.NewFile("one-more", nil)).Check(), "PKG-SIZE")
}

// What is signed can be read again to the last byte: what an archive says of its files counts as well.
func TestSourceAtTheEdgePKGSIZE(t *testing.T) {
	const signature = 16 << 10 // bytes that are left for it
	padded := func(padding int) pkpass.Source {
		source := smallSource()
		for i := range 29 {
			source = append(source, pkpass.NewFile(fmt.Sprintf("file-%d", i), nil))
		}
		return append(source, pkpass.NewFile("padding", make([]byte, padding)))
	}
	empty := mustPackage(t, padded(0))
	room := pkpass.MaxPackageSize - signature - (len(empty) - len(fileOf(t, empty, "signature")))
	largest := mustPackage(t, padded(room))
	if _, findings := pkpass.Read(largest); findings.Err() != nil || len(largest) > pkpass.MaxPackageSize {
		t.Errorf("a package of %d bytes:\n%v", len(largest), findings)
	}
	wantRules(t, padded(room+1).Check(), "PKG-SIZE")
}

func TestSourceOfLongNamesPKGSIZE(t *testing.T) {
	const maxManifest = 256 << 10
	named := func(length int) pkpass.Source { // the last name makes up for what the others leave
		source := smallSource()
		for i := range 990 {
			source = append(source, pkpass.NewFile(fmt.Sprintf("%0215d", i), nil))
		}
		return append(source, pkpass.NewFile(strings.Repeat("n", length), nil))
	}
	room := 1 + maxManifest - len(named(1).Manifest())
	if _, findings := pkpass.Read(mustPackage(t, named(room))); findings.Err() != nil {
		t.Error(findings)
	}
	wantRules(t, named(room+1).Check(), "PKG-SIZE")
}

func TestPackageREJ3(t *testing.T) {
	for _, pass := range []string{``, `[]`, `{"formatVersion":1,}`, string(passOf(nil)) + "{}", "\ufeff" + string(passOf(nil))} {
		source := smallSource()
		source[0] = pkpass.NewFile("pass.json", []byte(pass))
		_, err := pkpass.Package(source, testSigner(t))
		var findings wallet.Findings
		if !errors.As(err, &findings) {
			t.Fatalf("%q: Package = %v, want findings", pass, err)
		}
		wantRules(t, findings, "REJ-3")
	}
}

// Whose pass it is, is said by two members of pass.json itself, in whatever way JSON writes them, and by nothing else.
func TestPackageReadsTheOwner(t *testing.T) {
	for pass, ok := range map[string]bool{
		`{"passTypeIdentifier":"PASS","teamIdentifier":"TEAM"}`:                        true,
		" {\n\"teamIdentifier\" :\t\"TEAM\" , \"passTypeIdentifier\" : \"PASS\"\r\n} ": true,
		`{"passTypeIdentif\u0069er":"PASS","teamIdentifier":"TEA\u004d"}`:              true,
		`{"passTypeIdentifier":"PASS","teamIdentifier":"TEAM","teamidentifier":"x"}`:   true,
		`{"teamIdentifier":"x\"","passTypeIdentifier":"PASS","teamIdentifier":"TEAM"}`: true,
		`{"passTypeIdentifier":"PASS","userInfo":{"teamIdentifier":"TEAM"}}`:           false,
		`{"passTypeIdentifier":"PASS","userInfo":["teamIdentifier","TEAM"]}`:           false,
		`{"passTypeIdentifier":"PASS","userInfo":"\"teamIdentifier\":\"TEAM\""}`:       false,
		`{"passTypeIdentifier":"PASS","TEAMIDENTIFIER":"TEAM"}`:                        false,
		`{"passTypeIdentifier":"PASS","teamIdentifier":"TEAM","teamIdentifier":"x"}`:   false,
		`{"passTypeIdentifier":"PASS","teamIdentifier":7}`:                             false,
		`{"passTypeIdentifier":"PASS","teamIdentifier":["TEAM"]}`:                      false,
		`{"passTypeIdentifier":"PASS","teamIdentifier":"TEAM","teamIdentifier":null}`:  false,
	} {
		source := smallSource()
		pass = strings.NewReplacer("PASS", passType, "TEAM", team, "TEA", team[:3], `\u004d`, `\u004d`+team[4:]).Replace(pass)
		source[0] = pkpass.NewFile("pass.json", []byte(pass))
		if _, err := pkpass.Package(source, testSigner(t)); (err == nil) != ok {
			t.Errorf("%s: %v", pass, err)
		}
	}
}

// A foreign certificate is no fault of the pass: the error must not be one that stops retries.
func TestPackageREJ6(t *testing.T) {
	for key, value := range map[string]string{"passTypeIdentifier": "pass.com.example.other", "teamIdentifier": "OTHERTEAM1"} {
		source := smallSource()
		source[0] = pkpass.NewFile("pass.json", passOf(map[string]any{key: value}))
		_, err := pkpass.Package(source, testSigner(t))
		if err == nil || errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: Package = %v, want an internal error", key, err)
		}
	}
}
