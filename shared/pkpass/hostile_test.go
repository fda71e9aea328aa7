package pkpass_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

var update = flag.Bool("update", false, "write testdata/hostile anew")

const hostileFolder = "testdata/hostile"

// A hostilePackage is a file that was made to break who reads it. In its folder it is named by its fault and the one rule
// that refuses it.
type hostilePackage struct {
	name, rule string
	says       string // part of the finding
	data       []byte
}

func (p hostilePackage) file() string { return p.name + "." + p.rule + ".pkpass" }

// hostilePackages makes the corpus, always with the same bytes: its keys are derived from their names, its signatures need no
// random numbers, and nothing in it depends on how well this version of Go compresses.
func hostilePackages(t testing.TB) []hostilePackage {
	return slices.Concat(hostileArchives(t), hostileContents(t), hostileSignatures(t))
}

// The folder has what the functions above make: to change the corpus, change them and run the test with -update.
func TestHostileFolder(t *testing.T) {
	if *update {
		if err := os.RemoveAll(hostileFolder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(hostileFolder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, p := range hostilePackages(t) {
		names = append(names, p.file())
		if *update {
			write(t, hostileFolder, p.file(), p.data)
		}
		if data, err := os.ReadFile(filepath.Join(hostileFolder, p.file())); err != nil || !bytes.Equal(data, p.data) {
			t.Errorf("%s is not what the test makes (%v); run it with -update", p.file(), err)
		}
	}
	entries, err := os.ReadDir(hostileFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			t.Errorf("nothing makes %s", entry.Name())
		}
	}
}

// Each is refused for its one fault, within a second and 128 MiB.
func TestHostilePackagesAreRefused(t *testing.T) {
	options := pkpass.VerifyOptions{Roots: poolOf(derivedRoot(t, "root")), Now: now}
	if _, findings := pkpass.Verify(stored(t, signedEntries(t)...), options); findings.Err() != nil {
		t.Fatalf("the package that all are made from is refused itself:\n%v", findings)
	}
	for _, p := range hostilePackages(t) {
		t.Run(p.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var findings wallet.Findings
			took := patience.ProcessorTime(t, func() { _, findings = pkpass.Verify(p.data, options) })
			runtime.ReadMemStats(&after)
			wantRules(t, findings, p.rule)
			if !strings.Contains(findings.Error(), p.says) {
				t.Errorf("no %q in:\n%v", p.says, findings)
			}
			if took > patience.Second {
				t.Errorf("took %v", took)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 128<<20 {
				t.Errorf("allocated %d MiB", allocated>>20)
			}
			for _, f := range findings {
				if len(f.Message) > 1000 || strings.TrimSpace(f.Message) == "" {
					t.Errorf("a message of %d bytes", len(f.Message))
				}
			}
		})
	}
}
