package pkpass_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// readBundle opens a bundle and reads all of it.
func readBundle(t *testing.T, data []byte) ([]pkpass.BundleEntry, *pkpass.BundleReader) {
	t.Helper()
	bundle, ok := pkpass.OpenBundle(bytes.NewReader(data), int64(len(data)))
	if !ok {
		t.Fatal("not taken for a bundle")
	}
	return slices.Collect(bundle.Passes()), bundle
}

func TestOpenBundle(t *testing.T) {
	good := mustPackage(t, smallSource())
	passes, bundle := readBundle(t, rezip(t, []entry{{"a.pkpass", good}, {"b.pkpass", good}}))
	if len(passes) != 2 || passes[1].Name != "b.pkpass" || !bytes.Equal(passes[1].Data, good) {
		t.Errorf("%d passes", len(passes))
	}
	wantRules(t, bundle.Findings())
}

func TestOpenBundleOfWhatIsNone(t *testing.T) {
	good := mustPackage(t, smallSource())
	bundle := rezip(t, []entry{{"a.pkpass", good}})
	longList := bytes.Clone(bundle)
	binary.LittleEndian.PutUint32(longList[len(longList)-22+12:], 2<<20)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("a text that is longer than the end of an archive"), "a package": good,
		"pass.json beside a pass": rezip(t, []entry{{"a.pkpass", good}, {"pass.json", nil}}),
		"no pass":                 rezip(t, []entry{{"readme.txt", nil}}),
		"cut off":                 bundle[:len(bundle)-1],
		"bytes before":            append([]byte("#!/bin/sh\n"), bundle...),
		"lies about its list":     longList,
	} {
		if _, ok := pkpass.OpenBundle(bytes.NewReader(data), int64(len(data))); ok {
			t.Errorf("%s: taken for a bundle", name)
		}
	}
}

func TestOpenBundleRefusesBUN(t *testing.T) {
	good := mustPackage(t, smallSource())
	var many []entry
	for i := range 11 {
		many = append(many, entry{strconv.Itoa(i) + ".pkpass", good})
	}
	for _, test := range []struct {
		name    string
		entries []entry
		rule    string
		passes  int
	}{
		{"eleven passes", many, "BUN-2", 10},
		{"another file", []entry{{"a.pkpass", good}, {"readme.txt", nil}}, "BUN-3", 2},
		{"in a folder", []entry{{"folder/a.pkpass", good}}, "BUN-3", 1},
		{"a name twice", []entry{{"a.pkpass", good}, {"a.pkpass", good}}, "BUN-3", 2},
		{"a pass that is too large", []entry{{"a.pkpass", good}, {"b.pkpass", make([]byte, pkpass.MaxPackageSize+1)}}, "BUN-1", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			passes, bundle := readBundle(t, rezip(t, test.entries))
			wantRules(t, bundle.Findings(), test.rule)
			if len(passes) != test.passes {
				t.Errorf("%d passes, want %d", len(passes), test.passes)
			}
		})
	}
}
