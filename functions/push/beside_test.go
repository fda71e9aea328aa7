package push_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/sideshow/apns2"

	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const (
	besideDevices = 10_000 // with the pass: each is marked, pushed to and settled in a turn
	bareStreams   = 500    // of the bare client, in flight
)

// BenchmarkBesideAPNs tells all devices of a pass that it has changed, beside a bare apns2 client that sends as many pushes to
// the same server, and does nothing else. The figures are those of package ratio, by push; allocs/op has the server's share, too.
func BenchmarkBesideAPNs(b *testing.B) {
	for name, delay := range map[string]time.Duration{"answered at once": 0, "answered after 20 ms": 20 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			side := newBeside(b, delay)
			var times, bareTimes []time.Duration
			var ratios, allocations []float64
			for b.Loop() {
				bare, _ := side.turn(b, side.bare)
				took, allocated := side.turn(b, side.ours)
				times, bareTimes = append(times, took), append(bareTimes, bare)
				ratios = append(ratios, float64(took)/float64(bare))
				allocations = append(allocations, float64(allocated))
			}
			b.ReportMetric(median(ratios), "x-bare")
			b.ReportMetric(median(allocations)/besideDevices, "allocs/op")
			b.ReportMetric(float64(median(times))/besideDevices, "ns/op")
			b.ReportMetric(float64(median(bareTimes))/besideDevices, "bare-ns/op")
		})
	}
}

func median[T float64 | time.Duration](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

// A beside is a pass on many devices, and what it takes to reach APNs.
type beside struct {
	delay       time.Duration
	authority   *devcerts.Authority
	server      tls.Certificate
	certificate tls.Certificate
	store       *inmem.Store
}

func newBeside(b *testing.B, delay time.Duration) *beside {
	s := &beside{delay: delay, store: inmem.NewStoreAt(time.Now)}
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	var err error
	s.authority, err = devcerts.New(time.Now())
	check(err)
	s.server, err = s.authority.ServerCertificate("127.0.0.1")
	check(err)
	identity, err := s.authority.PassIdentity(passType, "TEAMID1234")
	check(err)
	s.certificate = identity.TLSCertificate()
	_, err = s.store.SavePackage(b.Context(), wallet.CurrentPackage{ID: card}.Next(noon))
	check(err)
	for n := range besideDevices {
		d, err := s.store.Device(b.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(hexName(n))})
		check(err)
		d.Register(card.SerialNumber, wallet.NewPushToken(hexName(n)), noon)
		_, err = s.store.SaveDevice(b.Context(), d)
		check(err)
	}
	return s
}

// turn times one way to push to all devices, over a connection that is open already.
func (s *beside) turn(b *testing.B, way func(*testing.B, *apnstest.Server) (first, rest func())) (took time.Duration, allocated uint64) {
	server, err := apnstest.Start(apnstest.Options{Certificate: &s.server, ClientCAs: s.authority.Pool()})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	first, rest := way(b, server)
	first()
	server.AnswerAll(apnstest.Reply{Delay: s.delay})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	rest()
	took = time.Since(began)
	runtime.ReadMemStats(&after)
	if n := len(server.Pushes()); n != besideDevices+1 || server.Connections() != 1 {
		b.Fatalf("%d pushes over %d connections", n, server.Connections())
	}
	return took, after.Mallocs - before.Mallocs
}

// bare pushes with apns2 alone.
func (s *beside) bare(b *testing.B, server *apnstest.Server) (first, rest func()) {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	transport := &http.Transport{
		Protocols:       protocols,
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{s.certificate}, RootCAs: s.authority.Pool()},
	}
	b.Cleanup(transport.CloseIdleConnections)
	client := apns2.Client{Host: server.URL(), HTTPClient: &http.Client{Transport: transport}}
	send := func(n int) {
		response, err := client.PushWithContext(context.Background(), &apns2.Notification{
			ApnsID: uuid.NewString(), DeviceToken: hexName(n), Topic: passType, Priority: 5, PushType: apns2.PushTypeBackground,
			Expiration: time.Now().Add(time.Hour), Payload: []byte("{}"),
		})
		if err != nil || !response.Sent() {
			b.Errorf("push %d: %v, %v", n, response, err)
		}
	}
	return func() { send(0) }, func() {
		var group sync.WaitGroup
		for worker := range bareStreams {
			group.Go(func() {
				for n := worker; n < besideDevices; n += bareStreams {
					send(n)
				}
			})
		}
		group.Wait()
	}
}

// ours makes a new version of the package, and hands its announcement to the function.
func (s *beside) ours(b *testing.B, server *apnstest.Server) (first, rest func()) {
	client, err := apns.NewCertificateClient(server.URL(), s.certificate, apns.Options{RootCAs: s.authority.Pool()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	pkg, err := s.store.CurrentPackage(b.Context(), card)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.store.SavePackage(b.Context(), pkg.Next(time.Now())); err != nil {
		b.Fatal(err)
	}
	handle := push.New(s.store, nil, client, slog.New(slog.DiscardHandler), time.Now)
	return func() { client.Push(b.Context(), wallet.NewPushToken(hexName(0)), passType) }, func() {
		if err := handle(b.Context(), []byte(message)); err != nil {
			b.Error(err)
		}
	}
}

// hexName is what identifiers and push tokens look like: hexadecimal, and in no order.
func hexName(n int) string { return fmt.Sprintf("%016x%016x", uint64(n)*0x9E3779B97F4A7C15, n) }
