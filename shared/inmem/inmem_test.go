package inmem_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

func TestStore(t *testing.T) {
	for name, open := range map[string]func() *inmem.Store{
		"whose revisions count":     inmem.NewStore,
		"whose revisions are times": func() *inmem.Store { return inmem.NewStoreAt(time.Now) },
		"whose clock does not move": func() *inmem.Store { return inmem.NewStoreAt(func() time.Time { return noon }) },
	} {
		t.Run(name, func(t *testing.T) {
			cloudtest.TestStore(t, func(t *testing.T) cloudtest.Store {
				s := open()
				t.Cleanup(func() {
					for _, err := range s.Violations() {
						t.Errorf("the suite broke a rule: %v", err)
					}
				})
				return s
			})
		})
	}
}

func TestSpoiltPackage(t *testing.T) {
	s := inmem.NewStore()
	cloudtest.TestSpoiltPackage(t, s, s.SpoilPackage)
}

func TestBucket(t *testing.T) {
	cloudtest.TestBucket(t, func(*testing.T) cloudtest.Bucket { return inmem.NewBucket() })
}

func TestEvents(t *testing.T) {
	cloudtest.TestEvents(t, func(t *testing.T, handlers cloudtest.Handlers) cloudtest.Events {
		b := inmem.NewBus(inmem.BusOptions{Mischief: rand.New(rand.NewPCG(1, 2))})
		t.Cleanup(b.Close)
		b.Subscribe(wallet.TopicPassChanged, handlers.PassChanged)
		b.Subscribe(wallet.TopicPassPackaged, handlers.PassPackaged)
		b.Subscribe(wallet.TopicPassPersonalized, handlers.PassPersonalized)
		return b
	})
}
