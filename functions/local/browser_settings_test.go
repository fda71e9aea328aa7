package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/browsertest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/tools/devcerts"
)

// openDeskWith opens the console of a local mode with flags.
func openDeskWith(t *testing.T, args ...string) desk {
	t.Helper()
	c := newClient(t, serve(t, args...))
	return desk{c, browsertest.Start(t).Open(t, c.url+"/", browsertest.View{})}
}

// certificates writes the certificates of pass types, and the root that the simulated iPhone trusts, as -certs takes them.
func certificates(t *testing.T, passTypes ...string) (dir string) {
	t.Helper()
	authority, err := devcerts.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"root.pem": authority.RootPEM()}
	for _, passType := range passTypes {
		issued, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: "ABCDE12345"})
		if err != nil {
			t.Fatal(err)
		}
		if files[passType+".pem"], err = issued.PEM(); err != nil {
			t.Fatal(err)
		}
	}
	dir = t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// With certificates for several pass types one is chosen, and with an APNs elsewhere the phone is told to ask.
func TestBrowserConsoleWithCertificatesAndAnotherAPNs(t *testing.T) {
	elsewhere, err := apnstest.Start(apnstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(elsewhere.Close)
	const second = "pass.com.example.tickets"
	d := openDeskWith(t, "-certs", certificates(t, "pass.com.example.cards", second), "-apns", elsewhere.URL())
	d.Await("the pass types", "document.querySelectorAll('#pass-type option').length == 2 && document.querySelector('.pass-type').checkVisibility()")
	if footer := d.Text("footer"); !strings.Contains(footer, "hears of nothing") || strings.Contains(footer, "throwaway") {
		t.Errorf("the footer says %s", footer)
	}
	d.Evaluate("document.querySelector('#pass-type').value = '"+second+"'", nil)
	d.issueFrom("points")
	if facts := d.Text(".facts"); !strings.Contains(facts, second) {
		t.Errorf("issued is %s", facts)
	}
	d.Click(".pass-head .primary")
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	until(t, "the registration is pushed elsewhere", func() bool { return len(elsewhere.Pushes()) > 0 })
	before := len(elsewhere.Pushes())
	d.rewrite("1250", "1300")
	d.Press("s", chromedp.ModifierCtrl)
	until(t, "the change is pushed elsewhere", func() bool { return len(elsewhere.Pushes()) > before })
	d.Await("the change is packaged", "document.querySelector('.facts').innerText.includes('version 2, current')")
	if got := d.phonePoints(); got != 1250 {
		t.Errorf("the phone shows %v points and was not pushed to", got)
	}
	d.Click(".phone-controls button:nth-child(2)")
	until(t, "the phone has asked", func() bool { return d.phonePoints() == 1300 })
	if status, _, _ := d.call("GET", "/local/pushes", ""); status != 404 {
		t.Errorf("the pushes of another APNs: %d", status)
	}
}

// The console is the same on Google's clients.
func TestBrowserConsoleThroughGooglesClients(t *testing.T) {
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.PubSub(t))
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	d := openDeskWith(t, "-backend", "gcp")
	d.issueFrom("points")
	d.Click(".pass-head .primary")
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	d.rewrite("1250", "1300")
	d.Press("s", chromedp.ModifierCtrl)
	until(t, "the phone shows the change", func() bool { return d.phonePoints() == 1300 })
	for _, event := range []string{"written", "packaged", "registered", "pushed", "listed"} {
		d.Await("the timeline has "+event, "document.querySelector('.timeline [data-event="+event+"]')")
	}
	d.Evaluate("location.hash = '#/campaigns'", nil)
	d.Await("campaigns", "document.querySelector('.campaigns .empty')")
	d.Evaluate("location.hash = '#/'", nil)
	d.Await("the pass is in the gallery", "document.querySelector('.tile a')?.innerText.startsWith('points-')")
}
