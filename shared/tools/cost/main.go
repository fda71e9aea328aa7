// Command cost prints, as Markdown, what each event in the life of a pass is billed on Google Cloud, and what that comes to: for a
// million updates, and for a month.
//
//	go run ./shared/tools/cost
//	go run ./shared/tools/cost -passes 10000000 -updates 4 -devices 1.2 -together 8
//
// The counts are those of package bill, which tests hold to the code; the prices are in prices.csv, each with its page. What depends
// on the business and on the traffic is a flag.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"walletpasses.example/server/shared/tools/cost/bill"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

// roads are those on which updates come.
var roads = map[string]bill.Event{"firestore": bill.Written, "pubsub": bill.Ingested, "http": bill.Patched}

// run is main with one exit.
func run(args []string, stdout, stderr io.Writer) error {
	a, err := parse(args, stderr)
	if err != nil {
		return err
	}
	prices, err := Prices()
	if err != nil {
		return err
	}
	write(stdout, a, prices)
	return nil
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (Assumptions, error) {
	var a Assumptions
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Float64Var(&a.Passes, "passes", 1_000_000, "passes that are out")
	flags.Float64Var(&a.Templates, "templates", 1, "templates in use, each by the passes of one type")
	flags.Float64Var(&a.Updates, "updates", 4, "updates of each pass in a month")
	flags.Float64Var(&a.Devices, "devices", 1, "devices that each pass is on, 1 or more")
	flags.Float64Var(&a.Kilobytes, "kb", 50, "size of a package in `kB`")
	flags.Float64Var(&a.Same, "same", 0, "share of fetches that are answered 304, 0 to 1")
	flags.Float64Var(&a.Installs, "installs", 0.1, "installs of each pass in a month")
	road := flags.String("road", "firestore", "how updates come: firestore, pubsub or http")
	flags.Float64Var(&a.Wait, "wait", 10, "`milliseconds` that one remote call takes")
	flags.Float64Var(&a.Together, "together", 1, "requests that an instance serves at the same time, on average")
	flags.Float64Var(&a.GiB, "memory", 0.5, "memory of an instance in `GiB`")
	flags.Float64Var(&a.Logged, "log", 1, "`kB` in the log for each request")
	flags.BoolVar(&a.KMS, "kms", false, "sign with Cloud KMS")
	if err := flags.Parse(args); err != nil {
		return a, err
	}
	var known bool
	if a.Road, known = roads[*road]; !known {
		return a, fmt.Errorf("-road %q: use firestore, pubsub or http", *road)
	}
	return a, check(a, flags.Args())
}

// check refuses what makes no sense.
func check(a Assumptions, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case a.Devices < 1 || a.Together < 1:
		return errors.New("-devices and -together: give 1 or more")
	case a.Same < 0 || a.Same > 1:
		return errors.New("-same: give a share, 0 to 1")
	case min(a.Passes, a.Templates, a.Updates, a.Kilobytes, a.Installs, a.Wait, a.GiB, a.Logged) < 0:
		return errors.New("nothing may be below 0")
	}
	return nil
}
