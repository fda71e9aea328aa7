package main

import (
	"context"
	"crypto/x509"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/tools/iphone"
)

// apnsSide is where pushes go: Apple's server, another, or a fake with a history.
type apnsSide struct {
	topics apns.Topics
	fake   *apnstest.Server // nil with -apns
}

func openAPNs(o options, m material, onPush func(apnstest.Push)) (apnsSide, error) {
	side := apnsSide{topics: make(apns.Topics)}
	url, roots := o.apns, (*x509.CertPool)(nil)
	if url == "" {
		certificate, err := m.throwaway.ServerCertificate("127.0.0.1", "localhost")
		if err != nil {
			return side, err
		}
		if side.fake, err = apnstest.Start(apnstest.Options{Certificate: &certificate, OnPush: onPush, Now: o.now}); err != nil {
			return side, err
		}
		url, roots = side.fake.URL(), m.throwaway.Pool()
	}
	for passType, identity := range m.identities {
		client, err := apns.NewCertificateClient(url, identity.TLSCertificate(), apns.Options{RootCAs: roots, Now: o.now})
		if err != nil {
			side.close()
			return side, err
		}
		side.topics[passType] = client
	}
	return side, nil
}

func (a apnsSide) close() {
	a.topics.Close()
	if a.fake != nil {
		a.fake.Close()
	}
}

// givePhone makes the simulated iPhone. It returns what the fake APNs calls to reach it.
func (s *server) givePhone() func(apnstest.Push) {
	s.phone = iphone.New(newHTTPClient(), s.material.roots, s.options.now)
	s.phone.OnEvent = func(iphone.Event) { s.hub.Publish(console.Event{Kind: console.KindPhone}) }
	s.onClose(s.phone.Client.CloseIdleConnections)
	ctx, cancel := context.WithCancel(context.Background())
	s.onClose(cancel)
	return func(p apnstest.Push) {
		if p.PushToken != s.phone.PushToken() {
			return
		}
		if err := s.phone.Pushed(ctx, p.Topic); err != nil && ctx.Err() == nil {
			s.options.log.Error("the simulated iPhone could not update", "error", err)
		}
	}
}
