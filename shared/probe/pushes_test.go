package probe

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// The client that is deployed, with a provider token, against a server that answers everything that APNs and what stands before
// it can answer. A push tells APNs the push token and nothing else of the device or the pass; and what APNs says comes back
// without it.
func TestPushesTellNothing(t *testing.T) {
	key, err := apnsKey()
	if err != nil {
		t.Fatal(err)
	}
	const keyID = "ABC123DEFG"
	server, err := apnstest.Start(apnstest.Options{ProviderKeys: map[string]apnstest.ProviderKey{keyID: {TeamID: team, Public: key.Public().(*ecdsa.PublicKey)}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	noWait := func(context.Context, time.Duration) error { return nil }
	client, err := apns.NewTokenClient(server.URL(), key, keyID, team, apns.Options{Wait: noWait})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := newCage(t)
	for _, reply := range []apnstest.Reply{
		{}, {Drop: true}, {Status: 400, Reason: "BadDeviceToken"}, {Status: 403, Reason: "InvalidProviderToken"}, {Status: 410, Reason: "Unregistered"},
		{Status: 429, Reason: "TooManyRequests"}, {Status: 500}, {Status: 503, Body: "<html>/3/device/" + pushTokenCanary + "</html>"}, {Status: 404, Body: pushTokenCanary}, {GoAway: true},
	} {
		server.AnswerAll(reply)
		var log bytes.Buffer
		err := pushOnce(t, client, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		c.silent(t, fmt.Sprintf("the log of %+v", reply), log.String())
		c.silent(t, fmt.Sprintf("the error of %+v", reply), fmt.Sprintf("%v %+v %q", err, err, err))
	}
	server.Close()
	var log bytes.Buffer
	err = pushOnce(t, client, slog.New(slog.NewJSONHandler(&log, nil)))
	c.silent(t, "when nobody listens", log.String()+fmt.Sprint(err))
	if err == nil {
		t.Error("a push that nobody took is no error")
	}
	pushes := server.Pushes()
	if len(pushes) < 10 {
		t.Errorf("only %d pushes arrived", len(pushes))
	}
	for _, p := range pushes {
		p.PushToken = ""
		c.silent(t, "a push", fmt.Sprintf("%+v", p))
	}
}

// pushOnce announces a pass that one device has registered.
func pushOnce(t *testing.T, client *apns.Client, log *slog.Logger) error {
	t.Helper()
	clock := func() time.Time { return noon }
	store := inmem.NewStoreAt(clock)
	id := wallet.DeviceID{PassTypeIdentifier: loyalty, DeviceLibraryIdentifier: deviceCanary}
	device, err := store.Device(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	device.Register("secret-1", wallet.NewPushToken(pushTokenCanary), noon)
	if _, err := store.SaveDevice(t.Context(), device); err != nil {
		t.Fatal(err)
	}
	return push.New(store, new(bus), client, log, clock)(t.Context(), []byte(`{"passTypeIdentifier":"`+loyalty+`","serialNumber":"secret-1"}`))
}
