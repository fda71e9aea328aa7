// Command local runs every function in one process: on memory, with throwaway certificates, a fake APNs that keeps a
// history, and a simulated iPhone. No cloud, no Apple account, no phone.
//
//	go run ./functions/local -demo    # play the life of one update and verify it
//	go run ./functions/local          # serve http://127.0.0.1:8080 and say how to try it
//
// The handlers are the very ones that are deployed; only what they are handed differs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "local:", err)
		stop()
		os.Exit(1)
	}
}

// run is main with one exit.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if o.demo {
		level = slog.LevelError // the demo speaks for itself
	}
	o.log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	server, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer server.close()
	if o.demo {
		ctx, cancel := context.WithTimeout(ctx, demoLimit)
		defer cancel()
		return demo(ctx, server, stdout)
	}
	fmt.Fprintf(stdout, "Apple Wallet server for %s, on %s. Messages may arrive twice, as with Pub/Sub.\nReady: %s\n", server.passType, o.backend, server.url)
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.failed:
		return err
	}
}

// demoLimit is much longer than the demo takes, on the emulators of a busy machine, too.
const demoLimit = 3 * time.Minute

// options are the flags, and what a test sets beside them.
type options struct {
	addr, certs, templates, apns, backend string
	demo                                  bool
	log                                   *slog.Logger
	now                                   func() time.Time
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	o := options{now: time.Now}
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error; the usage is for those who ask
	flags.StringVar(&o.addr, "addr", "", "listen on `host:port`; port 0 picks a free one (default 127.0.0.1:8080, with -demo 127.0.0.1:0)")
	flags.BoolVar(&o.demo, "demo", false, "play the life of one update, print every step, verify the package, and exit")
	flags.StringVar(&o.certs, "certs", "", "use real certificates: a `dir` with <passTypeIdentifier>.pem or .p12")
	flags.StringVar(&o.templates, "templates", "", "use the templates of a `dir` (name.pass/…) beside the built-in ones; of the same name, they win")
	flags.StringVar(&o.apns, "apns", "", "push to the APNs-speaking server at `URL` (https or http) instead of the built-in fake")
	flags.StringVar(&o.backend, "backend", "memory", "memory, or gcp for Google's clients on the emulators that FIRESTORE_, PUBSUB_ and STORAGE_EMULATOR_HOST name")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
		}
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.backend != "memory" && o.backend != "gcp":
		return o, fmt.Errorf("-backend %q: use memory or gcp", o.backend)
	case o.addr == "" && o.demo:
		o.addr = "127.0.0.1:0"
	case o.addr == "":
		o.addr = "127.0.0.1:8080"
	}
	return o, nil
}
