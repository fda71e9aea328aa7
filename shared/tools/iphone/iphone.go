// Package iphone is a simulated iPhone: as much of Wallet as a server can see. It adds passes after verifying them as the
// device would, registers them, asks what changed when it is pushed to, fetches with If-Modified-Since, and keeps the tag of
// each web service and pass type. It is an honest customer: it holds the server to Apple's protocol and reports every
// answer that a real phone could not use.
//
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
package iphone

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// UserAgent is what Wallet calls itself, as far as servers have seen.
const UserAgent = "passd/1.0 CFNetwork/3826.500.131 Darwin/24.5.0"

// browser is what its Safari calls itself when a link is opened.
const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

// A Phone holds passes. Its methods may be called at the same time.
type Phone struct {
	Client *http.Client
	Roots  *x509.CertPool // trusted for the passes' signatures; nil for Apple's
	Now    func() time.Time
	// OnEvent is told what the phone does, in order; nil for nobody. It must not call the phone.
	OnEvent func(Event)

	mu        sync.Mutex // held for each whole exchange: a phone does one thing at a time
	device    string
	pushToken string
	passes    map[wallet.PassID]*held
	tags      map[service]string
	off       bool
	waiting   map[string]bool // topics of pushes that APNs keeps while the phone is off

	history history
}

// held is one pass in the phone.
type held struct {
	pass         pass
	data         []byte // the package
	lastModified string // the text of the server's Last-Modified, given back as it came; empty until fetched
}

// pass is what the phone reads of pass.json.
type pass struct {
	wallet.PassID
	OrganizationName    string `json:"organizationName"`
	WebServiceURL       string `json:"webServiceURL"`
	AuthenticationToken string `json:"authenticationToken"`
	Voided              bool   `json:"voided"`
	raw                 map[string]any
	source              pkpass.Source
	personalizable      bool // it came with a sign-up form
}

// A service is what a tag belongs to.
type service struct{ url, passTypeIdentifier string }

// New returns a phone with a device identifier and a push token of its own.
func New(client *http.Client, roots *x509.CertPool, now func() time.Time) *Phone {
	return &Phone{
		Client: client, Roots: roots, Now: now,
		device: randomHex(16), pushToken: randomHex(32),
		passes: make(map[wallet.PassID]*held), tags: make(map[service]string), waiting: make(map[string]bool),
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// PushToken is what APNs knows the phone by.
func (p *Phone) PushToken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pushToken
}

// DeviceLibraryIdentifier is what web services know the phone by.
func (p *Phone) DeviceLibraryIdentifier() string { return p.device }

// Install opens a link as Safari does, and adds the pass that it leads to, or all passes of a bundle.
func (p *Phone) Install(ctx context.Context, link string) (wallet.PassID, error) {
	if !p.On() {
		return wallet.PassID{}, ErrOff
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return wallet.PassID{}, err
	}
	req.Header.Set("User-Agent", browser)
	status, _, body, err := p.do(req)
	if err != nil {
		return wallet.PassID{}, err
	}
	if status != http.StatusOK {
		return wallet.PassID{}, fmt.Errorf("install link: status %d: %s", status, body)
	}
	if bundle, ok := pkpass.OpenBundle(bytes.NewReader(body), int64(len(body))); ok {
		return p.addAll(ctx, bundle)
	}
	return p.Add(ctx, body)
}

// addAll adds the passes of a bundle, and returns the first.
func (p *Phone) addAll(ctx context.Context, bundle *pkpass.BundleReader) (first wallet.PassID, err error) {
	for entry := range bundle.Passes() {
		id, err := p.Add(ctx, entry.Data)
		if err != nil {
			return first, fmt.Errorf("%s of the bundle: %w", entry.Name, err)
		}
		if first == (wallet.PassID{}) {
			first = id
		}
	}
	return first, bundle.Findings().Err()
}

// Add verifies a package, adds its pass, and registers it. A pass that is there already is replaced.
func (p *Phone) Add(ctx context.Context, data []byte) (wallet.PassID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return wallet.PassID{}, ErrOff
	}
	added, err := p.read(data)
	if err != nil {
		return wallet.PassID{}, err
	}
	h := &held{pass: added, data: data}
	p.passes[added.PassID] = h
	p.event("added", added.PassID, fmt.Sprintf("%d bytes, signature and manifest verified", len(data)))
	return added.PassID, p.register(ctx, h)
}

// read verifies a package and reads its pass.json.
func (p *Phone) read(data []byte) (pass, error) {
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: p.Roots, Now: p.Now()})
	if err := findings.Err(); err != nil {
		return pass{}, fmt.Errorf("the phone refuses the package: %w", err)
	}
	var read pass
	if err := errors.Join(json.Unmarshal(contents.PassJSON, &read), json.Unmarshal(contents.PassJSON, &read.raw)); err != nil {
		return pass{}, fmt.Errorf("pass.json: %w", err)
	}
	read.source = contents.Source
	_, read.personalizable = contents.Source.File("personalization.json")
	return read, nil
}

func (p *Phone) register(ctx context.Context, h *held) error {
	if h.pass.WebServiceURL == "" {
		return nil
	}
	body := fmt.Sprintf(`{"pushToken":%q}`, p.pushToken)
	status, _, _, err := p.call(ctx, http.MethodPost, h.pass, p.registrationPath(h.pass), body)
	if err != nil {
		return err
	}
	if status != http.StatusCreated && status != http.StatusOK {
		return fmt.Errorf("register %v: status %d", h.pass.PassID, status)
	}
	p.event("registered", h.pass.PassID, fmt.Sprintf("status %d", status))
	return nil
}

func (p *Phone) registrationPath(of pass) string {
	return "/v1/devices/" + p.device + "/registrations/" + of.PassTypeIdentifier + "/" + url.PathEscape(of.SerialNumber)
}

// Remove deletes a pass from the phone and unregisters it.
func (p *Phone) Remove(ctx context.Context, id wallet.PassID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return ErrOff
	}
	h, ok := p.passes[id]
	if !ok {
		return fmt.Errorf("%w: the phone does not hold %v", wallet.ErrNotFound, id)
	}
	delete(p.passes, id)
	p.event("removed", id, "")
	status, _, _, err := p.call(ctx, http.MethodDelete, h.pass, p.registrationPath(h.pass), "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("unregister %v: status %d", id, status)
	}
	return err
}

// RenewPushToken gives the phone another push token and registers every pass with it.
func (p *Phone) RenewPushToken(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return ErrOff
	}
	p.pushToken = randomHex(32)
	var errs []error
	for _, id := range p.ids() {
		errs = append(errs, p.register(ctx, p.passes[id]))
	}
	return errors.Join(errs...)
}

// ids returns the passes held, in a fixed order.
func (p *Phone) ids() []wallet.PassID {
	return slices.SortedFunc(maps.Keys(p.passes), func(a, b wallet.PassID) int { return strings.Compare(a.String(), b.String()) })
}

// call makes one request of the web service. Only the list goes without the pass's token.
func (p *Phone) call(ctx context.Context, method string, of pass, path, body string, headers ...string) (int, http.Header, []byte, error) {
	address := strings.TrimRight(of.WebServiceURL, "/") + path
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("User-Agent", UserAgent)
	req.Header.Set("Authorization", "ApplePass "+of.AuthenticationToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return p.do(req)
}

func (p *Phone) do(req *http.Request) (int, http.Header, []byte, error) {
	resp, err := p.Client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 20<<20))
	return resp.StatusCode, resp.Header, body, err
}

// Tag returns the tag that the phone will show to a web service for a pass type; empty before the first list.
func (p *Phone) Tag(webServiceURL, passTypeIdentifier string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tags[service{webServiceURL, passTypeIdentifier}]
}
