package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

// demo plays the life of one update over HTTP and prints every step. It fails at the first thing that is not as it should
// be.
func demo(ctx context.Context, s *server, out io.Writer) error {
	if s.apns.fake == nil {
		return fmt.Errorf("the demo watches the pushes of the built-in fake; leave out -apns")
	}
	serial := "demo-" + strings.ToLower(rand.Text()[:6]) // new each time, since emulators remember
	d := &player{server: s, out: out, pass: wallet.PassID{PassTypeIdentifier: s.passType, SerialNumber: serial}}
	console := s.phone.OnEvent
	s.phone.OnEvent = func(e iphone.Event) { console(e); d.phoneDid(e) }
	began := time.Now()
	for _, act := range []func(context.Context) error{d.issue, d.packaged, d.install, d.told, d.change, d.updated, d.delivered} {
		if err := act(ctx); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	d.say("done", "one update, from the issuer to the phone, in %d ms", time.Since(began).Milliseconds())
	return nil
}

type player struct {
	*server
	pass wallet.PassID
	view passView

	mu  sync.Mutex // phone and demo speak at the same time
	out io.Writer
}

// passView is what the demo reads of the issuer's answers.
type passView struct {
	InstallURL string `json:"installURL"`
	Package    struct {
		Version int64 `json:"version"`
		Current bool  `json:"current"`
	} `json:"package"`
	Devices struct {
		Registered int `json:"registered"`
		Delivered  int `json:"delivered"`
	} `json:"devices"`
}

func (d *player) say(step, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.out, "%-11s %s\n", step, fmt.Sprintf(format, args...))
}

func (d *player) phoneDid(e iphone.Event) {
	switch e.Kind {
	case "notice":
		d.say("", "the lock screen says: %s", e.Detail)
	case "unchanged":
		d.say(e.Kind, "304: the phone has the newest version")
	default:
		d.say(e.Kind, "%s", strings.TrimSpace(e.Detail))
	}
}

func (d *player) issue(ctx context.Context) error {
	const document = `{"template": "points", "data": {"programName": "Bean Club", "organizationName": "Corner Roastery",
		"accountId": "C-2048", "fullName": "Ada Example", "qrCodeLink": "https://example.com/c/2048", "points": 80}}`
	return d.call(ctx, "issued", http.MethodPut, "application/json", document, http.StatusCreated)
}

func (d *player) packaged(ctx context.Context) error {
	if err := d.until(ctx, func() bool { return d.view.Package.Current }); err != nil {
		return err
	}
	return d.verify(ctx)
}

// verify fetches the package as the install link gives it, and has our own reader check it.
func (d *player) verify(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.view.InstallURL+".pkpass", nil)
	if err != nil {
		return err
	}
	resp, err := d.phone.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: d.material.roots, Now: d.options.now()})
	if err := findings.Err(); err != nil {
		return fmt.Errorf("the package does not verify: %w", err)
	}
	d.say("packaged", "version %d: %d files, %d bytes, signed by %q; zip, manifest, signature and chain verified",
		d.view.Package.Version, len(contents.Source), len(data), contents.Certificate.Subject.CommonName)
	return nil
}

func (d *player) install(ctx context.Context) error {
	d.say("installed", "the phone opens %.60s…", d.view.InstallURL)
	_, err := d.phone.Install(ctx, d.view.InstallURL)
	return err
}

// told waits for the push that a registration earns.
func (d *player) told(ctx context.Context) error {
	if _, err := d.apns.fake.Wait(ctx, 1); err != nil {
		return err
	}
	return d.until(ctx, func() bool { return d.view.Devices.Registered == 1 })
}

func (d *player) change(ctx context.Context) error {
	// The phone has answered the registration's push when nobody else is using it any more.
	if err := d.until(ctx, func() bool { return d.phone.Tag(d.url, d.pass.PassTypeIdentifier) != "" }); err != nil {
		return err
	}
	return d.call(ctx, "changed", http.MethodPatch, "application/merge-patch+json", `{"data":{"points":120}}`, http.StatusOK)
}

func (d *player) updated(ctx context.Context) error {
	err := d.until(ctx, func() bool { return d.phone.Field(d.pass, "points") == 120.0 })
	if err != nil {
		return err
	}
	return d.verify(ctx)
}

// delivered lets the phone ask once more, with the tag it was given.
func (d *player) delivered(ctx context.Context) error {
	if err := d.phone.Update(ctx, d.pass.PassTypeIdentifier); err != nil {
		return err
	}
	if err := d.until(ctx, func() bool { return d.view.Devices.Delivered == 1 }); err != nil {
		return err
	}
	pushes := d.apns.fake.Pushes()
	d.say("delivered", "%d device, %d pushes in all, each %s to topic %s", d.view.Devices.Registered, len(pushes), pushes[0].Body, pushes[0].Topic)
	return nil
}

// until looks at the pass again and again until the condition holds.
func (d *player) until(ctx context.Context, holds func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := d.call(ctx, "", http.MethodGet, "", "", http.StatusOK); err != nil {
			return err
		}
		if holds() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// call makes one request of the issuer's API and keeps the answer.
func (d *player) call(ctx context.Context, step, method, mediaType, body string, want int) error {
	address := d.url + "/issuer/v1/passes/" + d.pass.String()
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	resp, err := d.phone.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: status %d instead of %d: %s", method, address, resp.StatusCode, want, bytes.TrimSpace(text))
	}
	if step != "" {
		d.say(step, "%s /issuer/v1/passes/%s → %d", method, d.pass, resp.StatusCode)
	}
	d.view = passView{}
	return json.Unmarshal(text, &d.view)
}
