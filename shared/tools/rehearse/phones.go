package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	phones   int               // how many there are
	tokens   map[string]*phone // by every push token that they ever had
	problems []error           // what no phone may ever see
}

// A phone is one of them.
type phone struct {
	*iphone.Phone
	number int
	token  string // at which pushes reach it; kept by the fleet

	mu    sync.Mutex                // held while it installs or updates, so that neither overtakes the other
	shown map[wallet.PassID]float64 // the points that its user has seen
}

func newFleet(s *stage) *fleet {
	f := &fleet{stage: s, tokens: make(map[string]*phone)}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

func (f *fleet) switchOff() { f.end() }

// add makes another phone. did is told what it does; nil for nobody.
func (f *fleet) add(did func(iphone.Event)) *phone {
	client := &http.Client{
		Transport:     toFront{f.stage},
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	p := &phone{Phone: iphone.New(client, f.stage.secrets.roots, time.Now), shown: make(map[wallet.PassID]float64)}
	p.OnEvent = did
	f.assign(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.phones++
	p.number = f.phones
	return p
}

// assign has pushes reach a phone at its newest token, and at no other.
func (f *fleet) assign(p *phone) {
	token := p.PushToken()
	f.mu.Lock()
	defer f.mu.Unlock()
	p.token, f.tokens[token] = token, p
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
	p, err := f.find(push.PushToken)
	if err != nil {
		f.problem(err)
	}
	if p == nil {
		return
	}
	err = persist(f.life, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.Pushed(f.life, push.Topic)
	})
	if err != nil {
		f.problem(fmt.Errorf("phone %d was pushed to and could not update %w", p.number, err))
	}
	f.problem(p.look())
}

// find returns the phone that a push reaches: none when its token was given up. A token that is just being registered is
// waited for; one that no phone ever had is an error.
func (f *fleet) find(token string) (p *phone, err error) {
	err = until(f.life, func() string {
		f.mu.Lock()
		defer f.mu.Unlock()
		had, ok := f.tokens[token]
		if !ok {
			return fmt.Sprintf("a push to %.8s…, which is no phone's token", token)
		}
		if had.token == token {
			p = had
		}
		return ""
	})
	return p, err
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

// install opens the install link of a pass, until the registration is acknowledged.
func (p *phone) install(ctx context.Context, link string) error {
	return persist(ctx, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, err := p.Install(ctx, link)
		return err
	})
}

// remove takes a pass off the phone, until that is acknowledged. Where it was not, the pass is added once more, to be removed
// again: so that there is no doubt about what the server has to know.
func (p *phone) remove(ctx context.Context, id wallet.PassID, link string) error {
	return persist(ctx, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		err := p.Remove(ctx, id)
		if !errors.Is(err, wallet.ErrNotFound) {
			return err
		}
		if _, err := p.Install(ctx, link); err != nil {
			return err
		}
		return p.Remove(ctx, id)
	})
}

// renew changes the push token of a phone, until it is acknowledged for every pass. Each attempt is another change.
func (f *fleet) renew(ctx context.Context, p *phone) error {
	return persist(ctx, func() error {
		defer f.assign(p)
		return p.RenewPushToken(ctx)
	})
}

func (p *phone) id() wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(p.DeviceLibraryIdentifier())}
}

// lacks says what a phone does not show yet; empty when it shows these points.
func (p *phone) lacks(id wallet.PassID, points int) string {
	if shown := p.Field(id, "points"); shown != float64(points) {
		return fmt.Sprintf("phone %d shows %v points on %s and not %d", p.number, shown, id.SerialNumber, points)
	}
	return ""
}
