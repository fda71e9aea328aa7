package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// A result is what came of running a target.
type result struct {
	executions  int64         // of which go test told last
	interesting int64         // inputs that were new and took the target where none had been
	took        time.Duration // with the build
	failure     string        // all that go test wrote, when it failed
}

// word says in a word what came of the target.
func (r result) word() string {
	if r.failure != "" {
		return "FAIL"
	}
	return "ok"
}

// minimizing bounds how often a target is executed to make one input smaller. Go's own bound is a minute, which a target that
// is never twice the same uses up for every new input.
const minimizing = "100x"

// fuzz runs the target alone, and none of the tests beside it.
func (t target) fuzz(ctx context.Context, fuzztime string) result {
	start := time.Now()
	test := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$",
		"-fuzztime", fuzztime, "-fuzzminimizetime", minimizing, "-timeout", "0", t.importPath)
	test.Cancel = func() error { return test.Process.Signal(os.Interrupt) }
	test.WaitDelay = 10 * time.Second
	output, err := test.CombinedOutput()
	return resultOf(output, err, time.Since(start))
}

var (
	// progress is what go test tells every three seconds, and at the end.
	progress = regexp.MustCompile(`(?m)^fuzz: elapsed: .*, execs: (\d+) .*new interesting: (\d+)`)
	// ended is how go test before 1.27 may fail when the time is over, with nothing found. https://go.dev/issue/75804
	ended = regexp.MustCompile(`(?m)^--- FAIL: .*\n    context deadline exceeded\nFAIL$`)
)

// resultOf reads what go test wrote.
func resultOf(output []byte, err error, took time.Duration) result {
	r := result{took: took}
	if told := progress.FindAllSubmatch(output, -1); told != nil {
		last := told[len(told)-1]
		r.executions, _ = strconv.ParseInt(string(last[1]), 10, 64) // digits, as the expression has it
		r.interesting, _ = strconv.ParseInt(string(last[2]), 10, 64)
	}
	switch {
	case err != nil && !ended.Match(output):
		r.failure = string(output) + err.Error()
	case !bytes.Contains(output, []byte("fuzz: elapsed: ")):
		r.failure = string(output) + "it was not run: does it skip?"
	}
	return r
}
