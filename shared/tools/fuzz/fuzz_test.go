package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// tiny is a module with a target that holds, one that skips, one that fails, and much that is no target.
var tiny = map[string]string{
	"go.mod": "module example.com/tiny\n\ngo 1.24\n",
	"a_test.go": `package tiny

import "testing"

func FuzzHolds(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, text string) {})
}

type suite struct{}

func (suite) FuzzMethod(f *testing.F) {}
func Fuzzy() string                   { return "func FuzzText(f *testing.F)" }
`,
	"elsewhere_test.go":      "//go:build never\n\npackage tiny\n\nimport \"testing\"\n\nfunc FuzzElsewhere(f *testing.F) {}\n",
	"inner/inner.go":         "package inner\n",
	"inner/testdata/x/x.go":  "package broken that is no Go",
	"inner/internal_test.go": "package inner\n\nimport \"testing\"\n\nfunc FuzzSkips(f *testing.F) { f.Skip() }\n",
	"inner/outer_test.go": `package inner_test

import "testing"

func FuzzFails(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 0 {
			t.Error("it is not empty")
		}
	})
}
`,
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// command runs the command, and returns how it ended and what it wrote.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestAllTargetsAreFoundAndNothingElse(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, tiny)
	found, err := targets(t.Context())
	var names []string
	for _, target := range found {
		names = append(names, target.String())
	}
	if want := []string{". FuzzHolds", "inner FuzzSkips", "inner FuzzFails"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("found %q, %v; want %q", names, err, want)
	}
}

func TestEachTargetIsRunAndALineTellsWhatCameOfIt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds take a while")
	}
	t.Chdir(t.TempDir())
	write(t, tiny)
	code, stdout, stderr := command(t, "-executions", "500")
	for _, line := range []string{
		`(?m)^ok    \. FuzzHolds +\d{3,} executions +\d+ new +\d+\.\ds$`,
		`(?m)^FAIL  inner FuzzSkips +0 executions`, `(?m)^it was not run`,
		`(?m)^FAIL  inner FuzzFails +\d+ executions`, `it is not empty`, `Failing input written to testdata/fuzz/FuzzFails/`,
		`(?m)^3 of 3 targets in \d+s, 2 failed$`,
	} {
		if !regexp.MustCompile(line).MatchString(stdout) {
			t.Errorf("%s is not in\n%s", line, stdout)
		}
	}
	if code != 1 || stderr != "fuzz: 2 of 3 targets failed\n" {
		t.Errorf("%d %q", code, stderr)
	}
	if kept, err := filepath.Glob("inner/testdata/fuzz/FuzzFails/*"); err != nil || len(kept) != 1 {
		t.Errorf("kept %q, %v", kept, err)
	}
	if code, stdout, stderr := command(t, "-for", "1ms", "-run", `^\. .*Holds$`); code != 0 || stderr != "" || !strings.Contains(stdout, "1 of 3 targets") {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
}

func TestTargetsThatCannotBeFoundFail(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string
		args   []string
		says   string
	}{
		"none is chosen": {nil, []string{"-run", "NoSuch"}, "none of 3 targets is chosen"},
		"no target":      {map[string]string{"a_test.go": "package tiny", "inner/internal_test.go": "package inner", "inner/outer_test.go": "package inner"}, nil, "none of 0"},
		"no Go":          {map[string]string{"a_test.go": "package tiny\n\nfunc FuzzHalf("}, nil, "a_test.go"},
		"no module":      {map[string]string{"go.mod": "modul"}, nil, "go list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			files := maps.Clone(tiny)
			maps.Copy(files, c.change)
			write(t, files)
			if code, stdout, stderr := command(t, c.args...); code != 1 || !strings.Contains(stderr, c.says) {
				t.Errorf("%d %q %q, want %q", code, stdout, stderr, c.says)
			}
		})
	}
}

func TestAnInterruptEndsIt(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, tiny)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr strings.Builder
	if code := run(ctx, []string{"-for", "1h"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "canceled") {
		t.Errorf("%d %q", code, &stderr)
	}
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"-for", "0s"}, {"-for", "-1s"}, {"-executions", "-1"}, {"-run", "("}, {"./..."}, {"-x"}} {
		if code, _, stderr := command(t, args...); code != 2 || !strings.Contains(stderr, "usage: fuzz") {
			t.Errorf("%q: %d %q", args, code, stderr)
		}
	}
	if code, _, stderr := command(t, "-h"); code != 0 || !strings.Contains(stderr, "-executions") {
		t.Errorf("-h: %d %q", code, stderr)
	}
}

func TestWhatGoTestWrote(t *testing.T) {
	const told = "fuzz: elapsed: 0s, gathering baseline coverage: 0/3 completed\nfuzz: elapsed: 3s, execs: 40304 (13431/sec), new interesting: 104 (total: 108)\n" +
		"fuzz: elapsed: 6s, execs: 80608 (13434/sec), new interesting: 105 (total: 109)\n"
	exit := errors.New("exit status 1")
	for name, c := range map[string]struct {
		output string
		err    error
		word   string
		want   result
	}{
		"all is well":              {told + "PASS\nok  \ta\t3.2s\n", nil, "ok", result{executions: 80608, interesting: 105}},
		"only the seeds were run":  {told[:62] + "PASS\n", nil, "ok", result{}},
		"the time was over":        {told + "--- FAIL: FuzzA (3.20s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\ta\t3.202s\n", exit, "ok", result{executions: 80608, interesting: 105}},
		"an input fails":           {told + "--- FAIL: FuzzA (3.20s)\n    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: no\n", exit, "FAIL", result{executions: 80608, interesting: 105}},
		"an input takes too long":  {told + "--- FAIL: FuzzA (3.20s)\n    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: context deadline exceeded\nFAIL\n", exit, "FAIL", result{executions: 80608, interesting: 105}},
		"it cannot be built":       {"# a\n./a_test.go:9: undefined: b\nFAIL\ta [build failed]\n", exit, "FAIL", result{}},
		"there is nothing to fuzz": {"testing: warning: no fuzz tests to fuzz\nPASS\n", nil, "FAIL", result{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := resultOf([]byte(c.output), c.err, time.Second)
			if got.word() != c.word || got.executions != c.want.executions || got.interesting != c.want.interesting || got.took != time.Second {
				t.Errorf("%s %+v", got.word(), got)
			}
			if got.failure != "" && !strings.HasPrefix(got.failure, c.output) {
				t.Errorf("of the output only %q is told", got.failure)
			}
		})
	}
}
