package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

// A fleet is all simulated iPhones.
type fleet struct {
	stage *stage
	life  context.Context // until they are switched off
	end   context.CancelFunc

	mu       sync.Mutex
	phones   []*phone
	problems []error // what no phone may ever see
}

// A phone is one of them.
type phone struct {
	*iphone.Phone
	number int

	mu    sync.Mutex                // held while it installs or updates, so that neither overtakes the other
	shown map[wallet.PassID]float64 // the points that its user has seen
}

func newFleet(s *stage) *fleet {
	f := &fleet{stage: s}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

func (f *fleet) switchOff() { f.end() }

// add makes another phone. did is told what it does; nil for nobody.
func (f *fleet) add(did func(iphone.Event)) *phone {
	client := &http.Client{
		Transport:     toFront{f.stage},
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &phone{Phone: iphone.New(client, f.stage.secrets.roots, time.Now), number: len(f.phones) + 1, shown: make(map[wallet.PassID]float64)}
	p.OnEvent = did
	f.phones = append(f.phones, p)
	return p
}

// toFront is the network: it knows where the domain of the passes is.
type toFront struct{ *stage }

// RoundTrip implements [http.RoundTripper].
func (t toFront) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" || r.URL.Host != domain {
		return nil, fmt.Errorf("the phone asks %s: it has no business but with https://%s", r.URL, domain)
	}
	there := r.Clone(r.Context())
	there.URL.Scheme, there.URL.Host = "http", t.front.Listener.Addr().String()
	return t.http.Transport.RoundTrip(there)
}

// wake is what a push does. A phone that cannot reach its web service tries again after a while.
func (f *fleet) wake(push apnstest.Push) {
	p := f.withToken(push.PushToken)
	if p == nil {
		f.problem(fmt.Errorf("a push to %.8s…, which is no phone's token", push.PushToken))
		return
	}
	err := persist(f.life, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.Pushed(f.life, push.Topic)
	})
	if err != nil {
		f.problem(fmt.Errorf("phone %d was pushed to and could not update %w", p.number, err))
	}
	f.problem(p.look())
}

func (f *fleet) withToken(token string) *phone {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.phones, func(p *phone) bool { return p.PushToken() == token })
	if i < 0 {
		return nil
	}
	return f.phones[i]
}

// look has the user look at every pass: what is shown never goes back.
func (p *phone) look() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, pass := range p.Passes() {
		points, _ := pass.Fields["points"].(float64)
		if before := p.shown[pass.PassID]; points < before {
			errs = append(errs, fmt.Errorf("phone %d went back from %v to %v points on %s", p.number, before, points, pass.SerialNumber))
		}
		p.shown[pass.PassID] = points
	}
	return errors.Join(errs...)
}

// problem takes note of what must not be; nil is nothing, and so is what happens once the phones are switched off.
func (f *fleet) problem(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && f.life.Err() == nil {
		f.problems = append(f.problems, err)
	}
}

// err returns everything that should not have been.
func (f *fleet) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.problems...)
}

// install opens the install link of a pass on a phone, until the registration is acknowledged.
func (s *stage) install(ctx context.Context, p *phone, id wallet.PassID) error {
	return persist(ctx, func() error {
		v, err := s.view(ctx, id)
		if err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		_, err = p.Install(ctx, v.InstallURL)
		return err
	})
}

// lacks says what a phone does not show yet; empty when it shows these points.
func (p *phone) lacks(id wallet.PassID, points int) string {
	if shown := p.Field(id, "points"); shown != float64(points) {
		return fmt.Sprintf("phone %d shows %v points on %s and not %d", p.number, shown, id.SerialNumber, points)
	}
	return ""
}
