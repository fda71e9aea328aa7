package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		check(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	check(t, err)
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update to see how. It is now:\n%s", file, got)
	}
}

// sizes are the bytes of packages and images, which a new version of Go's PNG encoder may change.
var sizes = regexp.MustCompile(`\d+ bytes`)

func stable(t *testing.T, text string) string {
	t.Helper()
	return sizes.ReplaceAllString(pathsOf.ReplaceAllString(text, "$1"), "N bytes")
}

var pathsOf = regexp.MustCompile(`/\S*/(\S+\.pkpass)`)

func TestInspectGolden(t *testing.T) {
	ticket := with(map[string]any{
		"voided": true, "relevantDates": []any{map[string]any{"startDate": "2027-01-31T18:00:00Z", "endDate": "2027-01-31T20:00:00Z"}},
		"locations": []any{map[string]any{"latitude": 52.52, "longitude": 13.405}},
	})
	file := write(t, "card.pkpass", packaged(t, files{"pass.json": ticket, "fr.lproj/logo.png": picture(160, 50), "notes.txt": []byte("hello")}))
	status, stdout, stderr := runTool("inspect", file)
	if status != 0 || stderr != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	golden(t, "inspect.txt", stable(t, stdout))
}

// updated is the good pass a week later.
func updated() []byte {
	return with(map[string]any{
		"storeCard": map[string]any{
			"headerFields":  []any{map[string]any{"key": "points", "label": "Points", "value": 130, "changeMessage": "You have %@ points"}},
			"primaryFields": []any{map[string]any{"key": "balance", "label": "Balance", "value": 7.5, "currencyCode": "EUR"}},
			"backFields": []any{
				map[string]any{"key": "tier", "label": "Tier", "value": "Gold", "changeMessage": "Welcome to %@"},
				map[string]any{"key": "hours", "label": "Hours", "value": "9 to 5", "changeMessage": "Now open %@"},
			},
		},
		"expirationDate": nil, "voided": true,
	})
}

func TestDiffGolden(t *testing.T) {
	before := write(t, "before.pkpass", packaged(t, files{"logo.png": picture(160, 50)}))
	after := write(t, "after.pkpass", packaged(t, files{"pass.json": updated(), "icon.png": picture(40, 40), "strip.png": picture(375, 144)}))
	status, stdout, stderr := runTool("diff", before, after)
	if status != 0 || stderr != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	golden(t, "diff.txt", stable(t, stdout))
}

func TestDiffOfWhatIsNoUpdate(t *testing.T) {
	before := write(t, "before.pkpass", packaged(t, nil))
	for name, c := range map[string]struct {
		changes map[string]any
		want    []string
	}{
		"the same":              {nil, []string{"nothing: the files are the same", "announce\n  nothing"}},
		"another serial":        {map[string]any{"serialNumber": "A-2", "storeCard": object(goodPass()["storeCard"])}, []string{"! serialNumber differs", "announce\n  nothing: these are two passes"}},
		"another token":         {map[string]any{"authenticationToken": "2.another-token-not-to-be-seen"}, []string{"! authenticationToken differs"}},
		"another pass type":     {map[string]any{"passTypeIdentifier": "pass.com.example.other"}, []string{"! passTypeIdentifier differs"}},
		"a message without %@":  {map[string]any{"storeCard": map[string]any{"backFields": []any{map[string]any{"key": "tier", "value": "Gold", "changeMessage": "News"}}}}, []string{"announce\n  The pass has changed\n"}},
		"a field without words": {map[string]any{"storeCard": map[string]any{"backFields": []any{map[string]any{"key": "tier", "value": "Gold"}}}}, []string{`~ pass.json#/storeCard/backFields/tier/value: "Silver" → "Gold"`, "announce\n  nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			after := write(t, "after.pkpass", packaged(t, files{"pass.json": with(c.changes)}))
			_, stdout, _ := runTool("diff", before, after)
			for _, want := range c.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout, "token-") {
				t.Errorf("the token is shown:\n%s", stdout)
			}
		})
	}
}

// No verb prints the token of a pass, whatever is wrong with the pass.
func TestTokenIsNeverShown(t *testing.T) {
	pass := maps.Clone(goodPass())
	pass["authenticationToken"] = token + " with a space"
	good, bad := write(t, "good.pkpass", packaged(t, nil)), write(t, "bad.pkpass", packaged(t, files{"pass.json": with(pass)}))
	for _, args := range [][]string{{"inspect", good}, {"inspect", bad}, {"verify", bad}, {"verify", "-json", bad}, {"diff", good, bad}} {
		_, stdout, stderr := runTool(args...)
		if strings.Contains(stdout+stderr, token) {
			t.Errorf("pkpass %v shows the token:\n%s%s", args[0], stdout, stderr)
		}
	}
}

// A pass cannot speak to the terminal of the one who looks at it.
func TestControlCharactersAreNotPrinted(t *testing.T) {
	pass := with(map[string]any{"organizationName": "\x1b[31mred", "\x1b[2J": 1, "serialNumber": "\x07"})
	file := write(t, "bad.pkpass", packaged(t, files{"pass.json": pass, "de.lproj/pass.strings": []byte("\x1b[2J")}))
	for _, args := range [][]string{{"inspect", file}, {"verify", file}, {"diff", file, write(t, "good.pkpass", packaged(t, nil))}} {
		_, stdout, stderr := runTool(args...)
		if strings.ContainsAny(stdout+stderr, "\x1b\x07") {
			t.Errorf("pkpass %s prints control characters: %q", args[0], stdout+stderr)
		}
	}
}

// What a pass does not have is not mentioned.
func TestInspectLeavesOutEmptySections(t *testing.T) {
	bare := with(map[string]any{"barcodes": nil, "expirationDate": nil, "storeCard": map[string]any{}})
	_, stdout, _ := runTool("inspect", write(t, "bare.pkpass", packaged(t, files{"pass.json": bare, "de.lproj/pass.strings": nil})))
	for _, name := range []string{"dates and places", "fields", "barcodes", "languages", "other files"} {
		if strings.Contains(stdout, name+"\n") {
			t.Errorf("%q without anything below it:\n%s", name, stdout)
		}
	}
	if !strings.Contains(stdout, "\nimages\n") || !strings.Contains(stdout, "\nsignature\n") {
		t.Errorf("too little:\n%s", stdout)
	}
}

func TestInspectBundle(t *testing.T) {
	bundle := files{"a.pkpass": packaged(t, nil), "b.pkpass": packaged(t, files{"pass.json": with(map[string]any{"serialNumber": "B-2"})})}
	status, stdout, _ := runTool("inspect", write(t, "two.pkpasses", bundle.zip(t)))
	if status != 0 || !strings.Contains(stdout, "a.pkpass") || !strings.Contains(stdout, "B-2") || !strings.Contains(stdout, "nothing is wrong with the bundle itself") {
		t.Errorf("exit status %d:\n%s", status, stdout)
	}
}

// Passes that are not shown are not passed over in silence.
func TestInspectBundleWithoutAllOfItsPasses(t *testing.T) {
	bundle := make(files)
	for i := range 12 {
		bundle[fmt.Sprintf("card-%02d.pkpass", i)] = packaged(t, nil)
	}
	archive := bundle.zip(t)
	archive[bytes.LastIndex(archive, []byte("card-03.pkpass"))-46+16]++ // a byte of its checksum in the list of files
	status, stdout, stderr := runTool("inspect", write(t, "many.pkpasses", archive))
	if status != 1 || stderr != "" {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	for _, want := range []string{"\ncard-09.pkpass: ", "BUN-2      the file: 12 files", "BUN-1      card-03.pkpass: cannot be read", "(2 errors"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
}

// The sign-up form is a file of its own, and no key of pass.json.
func TestInspectTellsOfASignUpForm(t *testing.T) {
	const told = "\n  personalization  yes\n"
	for name, test := range map[string]struct {
		changes files
		want    bool
	}{
		"with one":           {files{"personalization.json": []byte("{}")}, true},
		"with none":          {nil, false},
		"with a key by that": {files{"pass.json": with(map[string]any{"personalization": map[string]any{}})}, false},
	} {
		if _, stdout, _ := runTool("inspect", write(t, "card.pkpass", packaged(t, test.changes))); strings.Contains(stdout, told) != test.want {
			t.Errorf("%s:\n%s", name, stdout)
		}
	}
}
