// Command pack writes the source zips that functions are deployed from.
//
//	go run ./shared/tools/pack -out build             # all functions
//	go run ./shared/tools/pack -out build push web    # some
//
// A zip is named <function>-<hash>.zip after what it holds. DIR ends up with exactly one for each function packed, which is
// where Terraform looks; one that is there already is left alone, and an older one of that function goes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"walletpasses.example/server/shared/tools/source"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with one exit: 0, 1 after an error, or 2 after a wrong use.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: pack -out DIR [function …]")
		flags.PrintDefaults()
	}
	out := flags.String("out", "", "write <function>-<hash>.zip to `DIR`, which is made unless it is there")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if *out == "" {
		flags.Usage()
		return 2
	}
	if err := pack(*out, flags.Args(), stdout); err != nil {
		fmt.Fprintln(stderr, "pack:", err)
		return 1
	}
	return 0
}

// pack writes the zips of the functions, or of all of them, to a folder, and prints their names.
func pack(folder string, functions []string, stdout io.Writer) error {
	root, err := source.Root(".")
	if err != nil {
		return err
	}
	module, err := source.Open(root)
	if err != nil {
		return err
	}
	if len(functions) == 0 {
		if functions, err = module.Functions(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, function := range functions {
		archive, err := module.Zip(function)
		if err != nil {
			return err
		}
		if err := write(folder, archive); err != nil {
			return err
		}
		fmt.Fprintln(stdout, archive.Name())
	}
	return nil
}
