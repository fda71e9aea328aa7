// Package browsertest shows pages to a real browser, for tests: headless Chromium, driven over its own protocol.
//
// [Start] opens a browser that ends with the test, and [Browser.Open] a page in it, seen as a [View] says. A page fails its
// test on anything that a visitor's console would show in red, on every dialog, and on every request that leaves the server
// under test. [Page.Violations] has axe-core look for what keeps people from using it, and [Browser.Decode] reads the barcodes
// of a picture with ZXing: both come from the npm registry, pinned by their digest.
//
// Where no browser is installed, the test is skipped and says so; with REQUIRE_BROWSER=1 it fails.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// ErrNotInstalled says that a program is not on this machine, or that what it fetches cannot be had from here. The error that
// wraps it names which.
var ErrNotInstalled = errors.New("not installed")

// A Browser is a Chromium with a profile of its own.
type Browser struct {
	t       testing.TB
	ctx     context.Context
	decoder *Page // set by Decode
}

// Start starts a browser, which ends with the test, and its processes with it.
func Start(t testing.TB) *Browser {
	t.Helper()
	program, err := findChromium()
	unless(t, err)
	allocator, end := chromedp.NewExecAllocator(context.Background(), flags(program, t.TempDir())...)
	t.Cleanup(end) // waits for the processes
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &Browser{t: t, ctx: ctx}
}

// flags keep the browser from talking to anybody but the pages' own servers, and its frames in one process, where requests and
// messages of all of them are seen.
func flags(program, profile string) []chromedp.ExecAllocatorOption {
	options := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.DisableGPU)
	for _, name := range []string{"disable-quic", "disable-component-update", "no-pings", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(name, true))
	}
	return append(options, chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,IsolateSandboxedIframes"))
}

// findChromium finds the browser where CHROMIUM says, or on the PATH.
func findChromium() (string, error) {
	candidates := []string{"chromium", "chromium-browser", "google-chrome"}
	if named := os.Getenv("CHROMIUM"); named != "" {
		candidates = []string{named}
	}
	for _, candidate := range candidates {
		if program, err := exec.LookPath(candidate); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrNotInstalled, strings.Join(candidates, ", "))
}

// unless stops the test when err is not nil: it skips what needs something that is not installed, and fails otherwise.
func unless(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrNotInstalled) && os.Getenv("REQUIRE_BROWSER") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
