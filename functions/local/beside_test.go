package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/bench/ratio"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// BenchmarkBesideRSA takes updates of passes, each on one phone, all the way from the business's write to the push, beside the
// one RSA-2048 signature that an update cannot do without. There are 10,000 passes; held-MB is the memory that they and their
// devices take when all is over.
func BenchmarkBesideRSA(b *testing.B) {
	const passes = 10_000
	before := held()
	l := newAssemblyLine(b)
	var serial atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for n := serial.Add(1); n <= passes; n = serial.Add(1) {
				l.issue(n)
			}
		})
	}
	group.Wait()
	for _, cores := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("an update, %d at once", cores), func(b *testing.B) {
			updates, pushed := l.updates.Load(), l.pushed.Load()
			ratio.Of(b, cores, l.sign, func() { l.update(l.updates.Add(1)%passes + 1) })
			if updates, pushed := l.updates.Load()-updates, l.pushed.Load()-pushed; pushed != updates {
				b.Errorf("%d updates, %d pushes", updates, pushed)
			}
			b.ReportMetric(float64(held()-before)/(1<<20), "held-MB")
		})
	}
	for _, err := range l.store.Violations() {
		b.Error(err)
	}
}

// held returns the bytes of the heap that are in use.
func held() int64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapInuse)
}

// An assemblyLine is the functions that an update goes through. Each message is delivered as it is published, in the
// publisher's own goroutine: what buses and clouds add is not what is measured here.
type assemblyLine struct {
	b        *testing.B
	key      crypto.Signer
	store    *inmem.Store
	handlers map[string]wallet.MessageHandler // by topic

	updates, pushed atomic.Int64
}

func newAssemblyLine(b *testing.B) *assemblyLine {
	clock := func() time.Time { return noon }
	l := &assemblyLine{b: b, store: inmem.NewStoreAt(clock)}
	authority, err := devcerts.New(noon)
	l.check(err)
	l.key, err = rsa.GenerateKey(rand.Reader, 2048)
	l.check(err)
	certificate, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: "TEAMID1234", Key: l.key})
	l.check(err)
	identity, err := certificate.Identity()
	l.check(err)
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	l.check(err)
	templates, err := template.Builtin()
	l.check(err)
	packager := &regenerate.Packager{
		Store: l.store, Bucket: elsewhere{}, Events: l, Log: discard, Now: clock,
		Signers: map[string]*pkpass.Signer{passType: pkpass.NewSigner(identity, clock)},
		Renderer: document.Renderer{
			Templates: templates, Teams: map[string]string{passType: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
		},
	}
	l.handlers = map[string]wallet.MessageHandler{
		wallet.TopicPassChanged:  packager.Handle,
		wallet.TopicPassPackaged: push.New(l.store, l, l, discard, clock),
	}
	onWrite := changed.New(l)
	l.store.OnDocumentWritten(func(id wallet.PassID) { l.check(onWrite(context.Background(), id)) })
	return l
}

func (l *assemblyLine) check(err error) {
	if err != nil {
		l.b.Error(err)
	}
}

// issue makes a pass and puts it on a phone.
func (l *assemblyLine) issue(n int64) {
	l.update(n)
	serial := serialOf(n)
	device, err := l.store.Device(context.Background(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier("phone-" + serial)})
	l.check(err)
	device.Register(serial, wallet.NewPushToken(fmt.Sprintf("%064x", n)), noon)
	_, err = l.store.SaveDevice(context.Background(), device)
	l.check(err)
}

func serialOf(n int64) string { return fmt.Sprintf("card-%d", n) }

// update is the business's write, and all that follows from it.
func (l *assemblyLine) update(n int64) {
	doc, err := l.store.Document(context.Background(), wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serialOf(n)})
	l.check(err)
	_, err = l.store.SaveDocument(context.Background(), doc.Replace(map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": "C-1", "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/1", "points": int64(doc.Revision),
	}}))
	l.check(err)
}

// sign makes a signature as a package has it, and nothing else.
func (l *assemblyLine) sign() {
	digest := sha256.Sum256([]byte("signed attributes"))
	_, err := l.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	l.check(err)
}

func (l *assemblyLine) PassChanged(ctx context.Context, e wallet.PassChanged) error {
	return l.deliver(ctx, wallet.TopicPassChanged, e)
}

func (l *assemblyLine) PassPackaged(ctx context.Context, e wallet.PassPackaged) error {
	return l.deliver(ctx, wallet.TopicPassPackaged, e)
}

func (l *assemblyLine) deliver(ctx context.Context, topic string, event any) error {
	message, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return l.handlers[topic](ctx, message)
}

// Push makes the line its own APNs, which takes everything at once.
func (l *assemblyLine) Push(context.Context, wallet.PushToken, string) apns.Answer {
	l.pushed.Add(1)
	return apns.Answer{Status: 200, Verdict: apns.Taken}
}

// elsewhere is a bucket whose objects take no memory of this process.
type elsewhere struct{}

func (elsewhere) Create(context.Context, string, []byte) error { return nil }

func (elsewhere) Open(context.Context, string) (io.ReadCloser, int64, error) {
	return nil, 0, wallet.ErrNotFound
}
