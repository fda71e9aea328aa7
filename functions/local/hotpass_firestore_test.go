package main

import (
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

// Twenty writers on one pass over Firestore's emulator, which lets writers of one document wait for each other, and refuses
// some of them after a while: whatever was acknowledged is there, and nothing is answered but 200 and 503.
func TestAHotPassOnFirestore(t *testing.T) {
	if testing.Short() {
		t.Skip("the emulator takes some seconds for each writer")
	}
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	records, err := store.Open(t.Context(), "hot-pass", emulatorDatabase)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	w := overload{world: newWorld(t)}
	writer := document.Writer{Store: records, Renderer: w.packager.Renderer}
	w.issuer = issue.API{
		Store: records, Writer: writer, Links: wallet.InstallLinks{Keys: w.keys, BaseURL: "https://passes.example.com", Now: w.clock},
	}.Routes(discard)
	w.put("a", 1)

	const writers = 20
	c := &crowd{statuses: make(map[int]int)}
	start := time.Now()
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() { c.until(t, w, ownValue("issue", writer, 0)) })
	}
	all.Wait()
	t.Logf("%d requests, statuses %v, all in %v", c.requests, c.statuses, time.Since(start).Round(time.Millisecond))
	wantAllValues(t, records, writers, 0)
}
