// Command bench runs every benchmark that compares our work with the least that could do it, one after the other, and prints
// one table of the ratios, for people and for the README:
//
//	go run ./shared/tools/bench                      # all of them, a quarter of an hour; only a quiet machine says much
//	go run ./shared/tools/bench -bench RSA -for 5s   # those whose name matches, longer
//
// The benchmarks are those called BenchmarkBeside in files called beside_test.go. A ratio is of times: 1 is as fast as the bare
// work. It exits with 1 when a benchmark fails, and with 0 otherwise: a target that is missed is shown, and no error, since it may
// be the machine that has missed it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("bench", "", "only those whose package and name match this `pattern`")
	long := flags.Duration("for", 2*time.Second, "how long each runs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-bench: %w", err)
	}
	packages, err := compared()
	if err != nil {
		return err
	}
	var all table
	for _, folder := range packages { // one after the other, each to its end
		fmt.Fprintf(stderr, "%s …\n", folder)
		command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkBeside", "-benchmem", "-benchtime", long.String(), "-timeout", "2h", folder)
		command.Stderr = stderr
		output, failed := command.Output()
		if failed != nil {
			fmt.Fprintln(stderr, string(output))
			return fmt.Errorf("go test %s: %w", folder, failed)
		}
		t := read(string(output), chosen)
		all.processor, all.rows = t.processor, append(all.rows, t.rows...)
	}
	_, err = fmt.Fprintf(stdout, "%s, %s, %d cores, %v for each\n\n%s", all.processor, runtime.Version(), runtime.NumCPU(), *long, all)
	return err
}

// compared returns the packages, below the working directory, that have such benchmarks.
func compared() ([]string, error) {
	var packages []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasPrefix(entry.Name(), "beside") || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		if folder := "./" + filepath.ToSlash(filepath.Dir(path)); !slices.Contains(packages, folder) {
			packages = append(packages, folder)
		}
		return nil
	})
	if err == nil && len(packages) == 0 {
		err = errors.New("there is no beside_test.go below this folder: run it at the root of the module")
	}
	return packages, err
}
