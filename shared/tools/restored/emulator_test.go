package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

// The command, against Google's clients and emulators: two phones, one pass whose package is gone, and one that is as it was.
func TestTheCommand(t *testing.T) {
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.PubSub(t))
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	project := "test-" + strings.ToLower(rand.Text()[:8])

	messages, err := pubsub.NewClient(t.Context(), project)
	check(t, err)
	defer messages.Close()
	topic, subscription := "projects/"+project+"/topics/pass-changed", "projects/"+project+"/subscriptions/test"
	_, err = messages.TopicAdminClient.CreateTopic(t.Context(), &pb.Topic{Name: topic})
	check(t, err)
	_, err = messages.SubscriptionAdminClient.CreateSubscription(t.Context(), &pb.Subscription{Name: subscription, Topic: topic})
	check(t, err)

	buckets, err := storage.NewClient(t.Context())
	check(t, err)
	defer buckets.Close()
	packages := project + "-wallet-packages"
	check(t, buckets.Bucket(packages).Create(t.Context(), project, nil))
	objects, err := bucket.Open(t.Context(), packages)
	check(t, err)
	defer objects.Close()
	records, err := store.Open(t.Context(), project, "restored")
	check(t, err)
	defer records.Close()
	command := func() (code int, said string) {
		var out bytes.Buffer
		code = run(t.Context(), []string{"-project", project, "-database", "restored", "-bucket", packages}, &out, &out)
		return code, out.String()
	}
	if code, said := command(); code != 1 || !strings.Contains(said, packages) || !strings.Contains(said, "packages_bucket") {
		t.Errorf("with a bucket of no packages: %d %s", code, said)
	}

	for serial, there := range map[string]string{"gone": "3-abc", "same": "1-abc"} {
		pkg := wallet.CurrentPackage{ID: card(serial)}.Next(noon)
		pkg.Object, pkg.ContentHash = pkg.ObjectName(1, "abc"), "abc"
		_, err := records.SavePackage(t.Context(), pkg)
		check(t, err)
		check(t, objects.Create(t.Context(), wallet.ObjectPrefix+card(serial).String()+"/"+there+".pkpass", []byte("a package")))
		d := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier("phone-" + serial)}}
		d.Register(serial, wallet.NewPushToken("0a"), noon)
		d.Presented, d.PushDue = d.Sequence, time.Time{}
		_, err = records.SaveDevice(t.Context(), d)
		check(t, err)
	}

	code, said := command()
	if code != 0 || !strings.Contains(said, "2 passes; 1 packages after later ones, or to be made anew; 2 phones") {
		t.Errorf("%d %s", code, said)
	}
	gone, err := records.CurrentPackage(t.Context(), card("gone"))
	check(t, err)
	if gone.Version != 4 || gone.ContentHash != "" || !strings.HasSuffix(gone.Object, "/3-abc.pkpass") || time.Since(gone.LastModified) > time.Hour {
		t.Errorf("%+v", gone)
	}
	same, err := records.CurrentPackage(t.Context(), card("same"))
	check(t, err)
	if same.Version != 1 || same.ContentHash != "abc" || !same.LastModified.Equal(noon) {
		t.Errorf("%+v", same)
	}
	due := 0
	for d, err := range records.DevicesDue(t.Context(), time.Now()) {
		check(t, err)
		if d.Behind() && len(d.ChangedSince(wallet.UpdateTag{Sequence: 1})) == 1 {
			due++
		}
	}
	if due != 2 {
		t.Errorf("%d phones have a push due", due)
	}
	got, err := messages.SubscriptionAdminClient.Pull(t.Context(), &pb.PullRequest{Subscription: subscription, MaxMessages: 10})
	check(t, err)
	var event wallet.PassChanged
	if len(got.ReceivedMessages) != 1 {
		t.Fatalf("%d messages", len(got.ReceivedMessages))
	}
	check(t, json.Unmarshal(got.ReceivedMessages[0].Message.Data, &event))
	if event.PassID != card("gone") {
		t.Errorf("announced %v", event.PassID)
	}
	if code, said := command(); code != 0 || !strings.Contains(said, "2 phones") {
		t.Errorf("again: %d %s", code, said)
	}
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{nil, {"-project", "p", "-bucket", "b"}, {"-project", "p", "-database", "d", "-bucket", "b", "more"}, {"-nothing"}} {
		var said bytes.Buffer
		if code := run(t.Context(), args, &said, &said); code != 2 || !strings.Contains(said.String(), "usage: restored -project") {
			t.Errorf("%q: %d %s", args, code, &said)
		}
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &said, &said); code != 0 {
		t.Errorf("-h: %d %s", code, &said)
	}
}
