package simtest

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var bugsFlag = flag.Bool("bugs", false, "plant each known bug, and see that it is found")

// enough is within how many schedules a bug has to be found.
const enough = "100000"

// TestPlantedBugs shows that the simulator can fail. Each bug takes one rule out of one file, by the overlay of the go command,
// so that the code that is deployed has no switches in it; the schedules are then played against that. A bug that survives
// them is a failure, and so is one whose rule is not in its file any more.
func TestPlantedBugs(t *testing.T) {
	if !*bugsFlag {
		t.Skip("it builds the simulator once for each bug: run it with -bugs")
	}
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			binary := b.build(t)
			if b.found != onlyWithSweep {
				b.mustBeFound(t, binary, withoutSweep)
			}
			if b.found != onlyWithoutSweep {
				b.mustBeFound(t, binary, withSweep)
			}
		})
	}
}

// The rules that the bugs break are in the code as the table says, so that the long test is not the first to notice.
func TestPlantedBugsStillFit(t *testing.T) {
	names := make(map[string]bool)
	for _, b := range bugs {
		if names[b.name] {
			t.Errorf("two bugs are called %s", b.name)
		}
		names[b.name] = true
		b.mutate(t)
	}
}

// mutate returns the file with the bug in it.
func (b bug) mutate(t *testing.T) (file, text string) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(b.file)))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), b.old); n != 1 {
		t.Fatalf("%s: what it replaces is %d times in %s: the code has moved on", b.name, n, b.file)
	}
	return file, strings.Replace(string(source), b.old, b.new, 1)
}

// build compiles the simulator with the bug.
func (b bug) build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file, text := b.mutate(t)
	mutated, overlay, binary := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "simtest.test")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{mutated: []byte(text), overlay: replace} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

var broken = regexp.MustCompile(`schedule (\d+) breaks a promise`)

func (b bug) mustBeFound(t *testing.T, binary string, sweep sweepMode) {
	t.Helper()
	play := exec.CommandContext(t.Context(), binary, "-test.run", "TestSimulation", "-schedules", enough, "-sweep", string(sweep))
	out, err := play.CombinedOutput()
	found := broken.FindSubmatch(out)
	if err == nil || found == nil {
		t.Errorf("sweep %s: survives: %s\n%s", sweep, b.why, out[max(0, len(out)-2000):])
		return
	}
	t.Logf("sweep %s: found by schedule %s: %s", sweep, found[1], breach(string(out)))
}

// breach is what a report says was broken.
func breach(report string) string {
	_, after, _ := strings.Cut(report, "VIOLATION: ")
	what, _, _ := strings.Cut(after, "\n")
	return what
}
