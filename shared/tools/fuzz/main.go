// Command fuzz runs every fuzz target of a module, one after another. It finds them itself, so that none is forgotten.
//
//	go run ./shared/tools/fuzz                                   # each for 5 seconds
//	go run ./shared/tools/fuzz -for 1h -run '^shared/wallet '    # those of one package, for an hour each
//	go run ./shared/tools/fuzz -executions 10000000              # each so many times
//
// It prints a line per target: what came of it, its package and name, how often it was executed, how many inputs were new
// and took it somewhere new, and how long that took with the build. It ends with 1 when a target failed. The input that made it
// fail is where go test puts it, in the package's testdata/fuzz, and go test tries it from then on.
//
// It needs Go alone, and runs in a folder of the module. https://go.dev/doc/security/fuzz/
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with one exit: 0, 1 after a failure, or 2 after a wrong use.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: fuzz [-for DURATION | -executions N] [-run REGEXP]")
		flags.PrintDefaults()
	}
	length := flags.Duration("for", 5*time.Second, "run each target for `DURATION`, which begins when it is built")
	executions := flags.Int64("executions", 0, "run each target `N` times instead")
	chosen := flags.String("run", "", "run the targets that `REGEXP` matches, of those that are written \"shared/wallet FuzzWords\"")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	choice, err := regexp.Compile(*chosen)
	if err != nil || flags.NArg() > 0 || *length <= 0 || *executions < 0 {
		flags.Usage()
		return 2
	}
	fuzztime := length.String()
	if *executions > 0 {
		fuzztime = strconv.FormatInt(*executions, 10) + "x"
	}
	if err := fuzz(ctx, choice, fuzztime, stdout); err != nil {
		fmt.Fprintln(stderr, "fuzz:", err)
		return 1
	}
	return 0
}

// fuzz runs the chosen targets, each for a time or a number of executions as go test's -fuzztime takes it.
func fuzz(ctx context.Context, choice *regexp.Regexp, fuzztime string, stdout io.Writer) error {
	all, err := targets(ctx)
	if err != nil {
		return err
	}
	ran, failed := 0, 0
	start := time.Now()
	for _, t := range all {
		if !choice.MatchString(t.String()) {
			continue
		}
		result := t.fuzz(ctx, fuzztime)
		if ctx.Err() != nil {
			return fmt.Errorf("%v: %w", t, ctx.Err())
		}
		fmt.Fprintf(stdout, "%-4s  %-60v  %10d executions  %4d new  %6.1fs\n",
			result.word(), t, result.executions, result.interesting, result.took.Seconds())
		ran++
		if result.failure != "" {
			failed++
			fmt.Fprintln(stdout, result.failure)
		}
	}
	fmt.Fprintf(stdout, "%d of %d targets in %v, %d failed\n", ran, len(all), time.Since(start).Round(time.Second), failed)
	switch {
	case ran == 0:
		return fmt.Errorf("none of %d targets is chosen", len(all))
	case failed > 0:
		return fmt.Errorf("%d of %d targets failed", failed, ran)
	}
	return nil
}
