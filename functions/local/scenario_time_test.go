package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

func wantPoints(t *testing.T, p *iphone.Phone, serial string, points float64) {
	t.Helper()
	if got := p.Field(id(serial), "points"); got != points {
		t.Errorf("the phone shows %v points, want %v", got, points)
	}
}

func TestScenario06_TwoUpdatesInOneSecond(t *testing.T) { // P-1
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	for points := 2; points <= 4; points++ { // the clock stands still
		w.put("a", points)
		w.settle()
		w.update(p)
		wantPoints(t, p, "a", float64(points))
	}
}

func TestScenario07_ManyUpdatesWhileTheDeviceLoops(t *testing.T) { // P-2 to P-4
	w := newWorld(t)
	const passes, updates = 20, 100
	var serials []string
	for i := range passes {
		serials = append(serials, fmt.Sprintf("card-%d", i))
		w.issued(serials[i], 0)
	}
	p := w.holder(serials...)

	bus := inmem.NewBus(inmem.BusOptions{Mischief: rand.New(rand.NewPCG(7, 7))})
	t.Cleanup(bus.Close)
	for topic, handle := range w.handlers {
		bus.Subscribe(topic, handle)
	}
	w.relay(bus)
	stop := make(chan struct{})
	var looping, writing sync.WaitGroup
	looping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := p.Update(t.Context(), passType); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for i := range updates {
		writing.Go(func() { w.put(serials[i%passes], i+1) })
	}
	writing.Wait()
	if err := bus.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(stop)
	looping.Wait()
	w.update(p) // only the last push arrives
	for i, serial := range serials {
		doc, err := w.store.Document(t.Context(), id(serial))
		if err != nil {
			t.Fatal(err)
		}
		data := doc.Fields["data"].(map[string]any)
		if got := p.Field(id(serial), "points"); got != float64(data["points"].(int64)) {
			t.Errorf("card %d: the phone shows %v, the document says %v", i, got, data["points"])
		}
	}
}

// relay makes a bus carry what the handlers publish from now on.
func (w *world) relay(bus *inmem.Bus) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bus = bus
}

func TestScenario08_NoTagBeforeItsPackage(t *testing.T) { // P-2, WS-LIST-10, PUSH-2
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	tag := w.record(p).Tag()
	w.put("a", 2)
	// The document is written, its package is not made yet: nothing is listed, nothing pushed.
	if got := request(w.web, http.MethodGet, "/v1/devices/"+p.DeviceLibraryIdentifier()+"/registrations/"+passType+"?passesUpdatedSince="+tag.String(), ""); got.Code != http.StatusNoContent {
		t.Errorf("listed before the package: %d %s", got.Code, got.Body)
	}
	// The package is committed, and not announced yet.
	w.repackage()
	w.update(p)
	wantPoints(t, p, "a", 1)
	// Now it is. Whoever is listed a new tag can fetch what it stands for.
	w.apns.before = func(string) {
		if pkg := w.pkg("a"); pkg.Version != 2 {
			t.Errorf("pushed while version %d is current", pkg.Version)
		}
	}
	w.settle()
	w.update(p)
	wantPoints(t, p, "a", 2)
}

func TestScenario09_RegisteringAfterTheUpdate(t *testing.T) { // P-6
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	p := w.holder("b") // its tag is from another pass
	link := "/v1/passes/" + passType + "/a"
	old := request(w.web, http.MethodGet, link, "", "Authorization", w.auth("a")).Body.Bytes()
	w.put("a", 2)
	w.settle()
	for range 3 { // the tag of b runs ahead
		w.put("b", 5)
		w.put("b", 6)
		w.settle()
		w.update(p)
	}
	if _, err := p.Add(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	wantPoints(t, p, "a", 1)
	w.settle()
	w.update(p)
	wantPoints(t, p, "a", 2)
}

func TestScenario10_ClockGoesBack(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	before, tag := w.pkg("a"), w.record(p).Tag()
	w.now = w.now.Add(-10 * time.Minute)
	w.put("a", 2)
	w.settle()
	if after := w.pkg("a"); !after.LastModified.After(before.LastModified) {
		t.Errorf("Last-Modified went from %v to %v", before.LastModified, after.LastModified)
	}
	if now := w.record(p).Tag(); now.Epoch != tag.Epoch || now.Sequence <= tag.Sequence {
		t.Errorf("the tag went from %v to %v", tag, now)
	}
	w.update(p)
	wantPoints(t, p, "a", 2)
}

func TestScenario11_RestoredStoreListsEverything(t *testing.T) { // P-55, WS-LIST-12
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	tag := w.record(p).Tag()
	tag.Sequence += 1000 // the device has seen more than the restored record knows
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType
	if got := request(w.web, http.MethodGet, path+"?passesUpdatedSince="+tag.String(), ""); got.Code != http.StatusOK {
		t.Errorf("a tag from the future: %d", got.Code)
	}
	if got := request(w.web, http.MethodGet, path+"?passesUpdatedSince=zzzzzzzz.1", ""); got.Code != http.StatusOK {
		t.Errorf("a tag of another epoch: %d", got.Code)
	}
	if d := w.record(p); d.Presented > d.Sequence {
		t.Errorf("a tag from the future counts as delivered: %+v", d)
	}
}

// Promise 1 and 2: whatever order a worker's steps and another's fall into, the pointer ends at the newest document.
func TestPromise2_SlowWorkerDoesNotMoveThePointerBack(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	slow := w.take(wallet.TopicPassChanged)
	w.packager.Bucket = interposed{w.bucket, func() { // while the slow worker stores its package, …
		w.packager.Bucket = w.bucket
		w.put("a", 3) // … the document changes and a fast worker finishes
		w.settle()
	}}
	if err := w.deliver(slow[0]); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.update(p)
	wantPoints(t, p, "a", 3)
}

// interposed lets something happen right before an object is created.
type interposed struct {
	*inmem.Bucket
	before func()
}

func (i interposed) Create(ctx context.Context, name string, data []byte) error {
	i.before()
	return i.Bucket.Create(ctx, name, data)
}

func TestPromise1_EventsAreHints(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	for points := 2; points <= 4; points++ {
		w.put("a", points)
	}
	messages := w.take(wallet.TopicPassChanged)
	slices.Reverse(messages)
	for _, m := range append(messages, messages...) { // late, out of order, and twice
		if err := w.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.update(p)
	wantPoints(t, p, "a", 4)
	if got := w.pkg("a").Version; got != 2 {
		t.Errorf("version %d: three writes that came together are one package", got)
	}
	if got := w.apns.pushes(); len(got) != 1 {
		t.Errorf("%d pushes for one change", len(got))
	}
}

func TestPromise1_RedeliveryReannounces(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	changed := w.take(wallet.TopicPassChanged)
	w.lose = 1 // the package is committed, and its announcement lost
	if err := w.deliver(changed[0]); err == nil {
		t.Fatal("a lost announcement is acknowledged")
	}
	if got := w.pkg("a").Version; got != 2 {
		t.Fatalf("version %d", got)
	}
	if err := w.deliver(changed[0]); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{p.PushToken()}) {
		t.Errorf("pushes %v", got)
	}
}

func TestPromise1_RegistrationMakesUpForALostAnnouncement(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	w.lose = 1
	post := func() int {
		return request(w.web, http.MethodPost, registration+"/a", `{"pushToken":"0a"}`, "Authorization", w.auth("a")).Code
	}
	if got := post(); got != http.StatusInternalServerError {
		t.Errorf("the device is not asked to try again: %d", got)
	}
	if got := post(); got != http.StatusOK {
		t.Errorf("the repetition: %d", got)
	}
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{"0a"}) {
		t.Errorf("pushes %v", got)
	}
}

func TestPromise1_UnseenPushIsRepeated(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	w.settle() // pushed, and the push is lost on its way
	again := message{wallet.TopicPassPackaged, []byte(`{"passTypeIdentifier":"` + passType + `","serialNumber":"a"}`)}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {59 * time.Minute, 1}, {time.Minute, 2}, {5 * time.Hour, 2}, {time.Hour, 3}} {
		w.now = w.now.Add(c.after)
		if err := w.deliver(again); err != nil {
			t.Fatal(err)
		}
		if got := len(w.apns.pushes()); got != c.want {
			t.Errorf("%v after the change: %d pushes, want %d", w.now.Sub(noon), got, c.want)
		}
	}
	w.update(p)
	w.update(p) // presents the tag
	w.now = w.now.Add(100 * time.Hour)
	if err := w.deliver(again); err != nil {
		t.Fatal(err)
	}
	if got := len(w.apns.pushes()); got != 3 {
		t.Errorf("pushed again after it was delivered: %d", got)
	}
}

func TestPromise4_UnchangedPassCostsNothing(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	w.holder("a")
	before := w.pkg("a")
	w.packager.Bucket = interposed{w.bucket, func() { t.Error("an object is stored") }}
	w.packager.Signers = map[string]*pkpass.Signer{} // a signature would fail
	w.put("a", 1)
	w.settle()
	// A write that leaves the rendered pass as it is: the document is newer, the package is not.
	doc, err := w.store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Fields["voided"] = false
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	after := w.pkg("a")
	if after.Version != before.Version || !after.LastModified.Equal(before.LastModified) || after.Object != before.Object {
		t.Errorf("the package went from %+v to %+v", before, after)
	}
	if after.SourceRevision <= before.SourceRevision {
		t.Error("the record does not say that the newer document was looked at")
	}
	if got := w.apns.pushes(); len(got) != 0 {
		t.Errorf("pushes %v", got)
	}
}

func TestPromise1_ListedIsNotDelivered(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	w.settle()
	tag := w.record(p).Tag()
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType
	for range 3 { // an answer that is lost on its way looks the same to us as one that arrives
		if got := request(w.web, http.MethodGet, path, ""); got.Code != http.StatusOK {
			t.Fatalf("list: %d", got.Code)
		}
		if !w.record(p).Behind() {
			t.Fatal("listed counts as delivered")
		}
	}
	request(w.web, http.MethodGet, path+"?passesUpdatedSince="+tag.String(), "")
	if w.record(p).Behind() {
		t.Error("the tag that the device shows does not count")
	}
}
