// Command rehearse runs the functions as they are deployed, on this machine: each is packed and built as for the cloud and
// runs as a process of its own, with the settings and secrets that Terraform gives it. Google's emulators, and stand-ins for
// Eventarc, Cloud Run, the load balancer, Cloud Scheduler and APNs, are what they meet.
//
//	go run ./shared/tools/rehearse            # play the life of an update, twice: from a document and from a message
//	go run ./shared/tools/rehearse -kills 50  # then kill processes at random, while passes are updated and registered
//	go run ./shared/tools/rehearse -stay      # then keep everything running
//
// It exits with 0 when every registration that was acknowledged is there, and every phone ended with the newest version of
// each of its passes; else it says which did not. It needs the Google Cloud CLI's emulators of Firestore and Pub/Sub, Java,
// and fake-gcs-server.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
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
		fmt.Fprintln(os.Stderr, "rehearse:", err)
		stop()
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	load load
	seed uint64
	stay bool
}

// run is main with one exit.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	flags := flag.NewFlagSet("rehearse", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.load.kills, "kills", 0, "after the life of an update, kill a function at random `n` times, while passes are updated and registered")
	flags.IntVar(&o.load.registrations, "registrations", 0, "register at least `n` times meanwhile (default three times for each kill)")
	flags.IntVar(&o.load.updates, "updates", 0, "update at least `n` times meanwhile (default three times for each kill)")
	flags.Uint64Var(&o.seed, "seed", rand.Uint64(), "choose at random as the run did that printed this `seed`")
	flags.BoolVar(&o.stay, "stay", false, "keep everything running until interrupted")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || min(o.load.kills, o.load.registrations, o.load.updates) < 0 {
		return fmt.Errorf("use rehearse [-kills n] [-registrations n] [-updates n] [-seed seed] [-stay], with n from 0")
	}
	o.load.registrations = cmp.Or(o.load.registrations, 3*o.load.kills)
	o.load.updates = cmp.Or(o.load.updates, 3*o.load.kills)
	return rehearse(ctx, o, stdout)
}

// rehearse sets the stage, plays, and clears it.
func rehearse(ctx context.Context, o options, out io.Writer) error {
	say := &transcript{out: out, began: time.Now()}
	s, err := setStage(ctx, say)
	if err != nil {
		return err
	}
	defer s.clear()
	err = s.play(ctx, o)
	if err != nil && ctx.Err() == nil {
		s.showOutputs(out)
	}
	return err
}

// play is the whole programme.
func (s *stage) play(ctx context.Context, o options) error {
	if err := s.life(ctx); err != nil {
		return err
	}
	if o.load != (load{}) {
		if err := s.survive(ctx, o.load, o.seed); err != nil {
			return fmt.Errorf("%w (-seed %d)", err, o.seed)
		}
	}
	if o.stay {
		s.showAddresses()
		<-ctx.Done()
	}
	return nil
}
