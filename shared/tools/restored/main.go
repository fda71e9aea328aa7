// Command restored makes a database that was restored to an earlier time good for phones again. It is run once, when the functions
// use that database.
//
//	go run ./shared/tools/restored -project my-project-123 -database restored -bucket my-project-123-wallet-packages
//
// Phones and the bucket did not go back. A phone holds update tags that the restored records will count up to once more, and
// would not be told of what changes until then; it may hold a later package than the one that is served, and would be told that
// it has the newest; and a package that is to be served may have been removed as superseded. So every phone's record begins
// another life, in which the phone is pushed to and told of all its passes; records go on after the versions that are in the
// bucket; and a pass whose package is gone is packaged anew. The sweep sends the pushes, to up to 5000 phones every five
// minutes, and who asks before that is told.
//
// It costs a query and two lists for each pass, and a write for each phone. Run again, or after it was killed half way, it loses
// nothing: phones are pushed to once more. It ends with 1 when something could not be done; then run it again.
//
// What it cannot bring back is what the restored database does not know: passes issued since, and phones that registered or
// changed their push tokens since.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with one exit: 0, 1 after a failure, or 2 after a wrong use.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("restored", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: restored -project PROJECT -database DATABASE -bucket BUCKET")
		flags.PrintDefaults()
	}
	project := flags.String("project", "", "the `PROJECT` of the deployment")
	database := flags.String("database", "", "the restored `DATABASE`, which firestore_database names")
	packages := flags.String("bucket", "", "the `BUCKET` of packages: terraform -chdir=terraform output packages_bucket")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if *project == "" || *database == "" || *packages == "" || flags.NArg() > 0 {
		flags.Usage()
		return 2
	}
	if err := renew(ctx, *project, *database, *packages, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "restored:", err)
		return 1
	}
	return 0
}

// renew opens what the work is done on, and has it done.
func renew(ctx context.Context, project, database, packages string, stdout, stderr io.Writer) error {
	records, err := store.Open(ctx, project, database)
	if err != nil {
		return err
	}
	defer records.Close()
	objects, err := bucket.Open(ctx, packages)
	if err != nil {
		return err
	}
	defer objects.Close()
	announce, err := events.Open(ctx, project, events.Topics{PassChanged: wallet.TopicPassChanged})
	if err != nil {
		return err
	}
	defer announce.Close()
	// In another bucket, the packages of all passes would seem to be gone.
	if some, err := objects.List(ctx, wallet.ObjectPrefix, "", 1); err != nil || len(some) == 0 {
		return errors.Join(fmt.Errorf("bucket %s: there are no packages to be seen; name the one of \"terraform -chdir=terraform output packages_bucket\"", packages), err)
	}
	r := &restoration{Store: records, Bucket: objects, Events: announce, Name: rand.Text()[:8], Out: stdout, Errors: stderr}
	return r.run(ctx)
}
