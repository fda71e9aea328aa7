package apns_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/sideshow/apns2"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
)

// BenchmarkPush compares a push with what apns2 alone takes for the same request to the same server.
func BenchmarkPush(b *testing.B) {
	root := newAuthority(b)
	certificate := root.issue(b, nil)
	newServer := func(b *testing.B) *apnstest.Server {
		return startServer(b, apnstest.Options{Certificate: certificate, ClientCAs: root.pool()})
	}
	run := func(b *testing.B, push func() bool) {
		b.SetParallelism(50)
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if !push() {
					b.Error("not taken")
				}
			}
		})
	}
	b.Run("apns2", func(b *testing.B) {
		server := newServer(b)
		protocols := new(http.Protocols)
		protocols.SetHTTP2(true)
		transport := &http.Transport{
			Protocols:       protocols,
			TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{*certificate}, RootCAs: root.pool()},
		}
		defer transport.CloseIdleConnections()
		client := apns2.Client{Host: server.URL(), HTTPClient: &http.Client{Transport: transport}}
		run(b, func() bool {
			response, err := client.PushWithContext(context.Background(), &apns2.Notification{
				ApnsID: uuid.NewString(), DeviceToken: device, Topic: topic, Priority: 5, PushType: apns2.PushTypeBackground,
				Expiration: time.Now().Add(time.Hour), Payload: []byte("{}"),
			})
			return err == nil && response.Sent()
		})
	})
	b.Run("ours", func(b *testing.B) {
		server := newServer(b)
		client, err := apns.NewCertificateClient(server.URL(), *certificate, apns.Options{RootCAs: root.pool()})
		if err != nil {
			b.Fatal(err)
		}
		defer client.Close()
		token := wallet.NewPushToken(device)
		run(b, func() bool { return client.Push(context.Background(), token, topic).Verdict == apns.Taken })
	})
}
