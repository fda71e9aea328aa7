package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"walletpasses.example/server/shared/cloudtest/patience"
)

// pollInterval is how often a page is asked again whether something is so.
const pollInterval = 10 * time.Millisecond

// A Page is a page in a browser, with cookies and a cache of its own. Its methods fail the test when they cannot do what they
// are asked to.
type Page struct {
	t    testing.TB
	ctx  context.Context
	seen *witness
}

// Open opens the page at an address as somebody sees it. When the test ends, the page is closed, and the test fails when there
// was a message in its console, an exception, a dialog, or a request to another server than that of the address: a page that
// needs others says so with [Page.Expect].
func (b *Browser) Open(t testing.TB, address string, v View) *Page {
	t.Helper()
	p := &Page{t: t, seen: &witness{origin: originOf(address)}}
	ctx, closePage := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.seen.see))
	p.ctx = ctx
	p.seen.dismiss = func() { _, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) } // gone already
	t.Cleanup(func() {
		closePage()
		for _, complaint := range p.seen.complaints() {
			t.Error(complaint)
		}
	})
	if err := chromedp.Do(ctx, v.emulate()); err != nil { // the page lives as long as this first context
		t.Fatalf("a page of the browser: %v", err)
	}
	p.Goto(address)
	return p
}

// Goto leads the page to another address, and waits until everything there is loaded.
func (p *Page) Goto(address string) {
	p.t.Helper()
	p.do("open "+address, chromedp.Navigate(address))
}

// Reload loads the page anew, and waits until everything there is loaded.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// View changes how the page is seen.
func (p *Page) View(v View) {
	p.t.Helper()
	p.do("look at the page", v.emulate())
}

// Expect lets complaints pass that contain the text.
func (p *Page) Expect(text string) { p.seen.expect(text) }

// Requests returns the addresses that were asked for since the page was opened, its own included.
func (p *Page) Requests() []string { return p.seen.requested() }

// Evaluate runs a JavaScript expression in the page, waits for the promise when it is one, and stores its JSON into the value
// that into points to; nil is for an expression without one. It does so also when the page's own scripts are switched off.
func (p *Page) Evaluate(expression string, into any) {
	p.t.Helper()
	text := run(p, expression, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if into == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		p.t.Fatalf("%.200s gives %.200s: %v", expression, text, err)
	}
}

// Await waits until a JavaScript expression is true.
func (p *Page) Await(what, expression string) {
	p.t.Helper()
	again := time.NewTicker(pollInterval)
	defer again.Stop()
	limit := time.After(patience.Limit)
	for {
		var holds bool
		if p.Evaluate("Boolean("+expression+")", &holds); holds {
			return
		}
		select {
		case <-again.C:
		case <-limit:
			p.t.Fatalf("never: %s; the page says\n%.2000s", what, p.Text("body"))
		}
	}
}

// Text is the text of the first element that matches a CSS selector, as a reader sees it.
func (p *Page) Text(selector string) (text string) {
	p.t.Helper()
	p.Evaluate(fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector), &text)
	return text
}

// Count is how many elements match a CSS selector.
func (p *Page) Count(selector string) (n int) {
	p.t.Helper()
	p.Evaluate(fmt.Sprintf("document.querySelectorAll(%q).length", selector), &n)
	return n
}

// Click clicks the middle of the first element that matches a CSS selector, as soon as it is to be seen.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Press presses keys one after the other: characters, or those of [github.com/chromedp/chromedp/kb].
func (p *Page) Press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do("press a key", chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// Screenshot is a picture (PNG) of the first element that matches a CSS selector.
func (p *Page) Screenshot(selector string) []byte {
	p.t.Helper()
	return run(p, "a picture of "+selector, chromedp.Screenshot(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Window is a picture (PNG) of what the window shows.
func (p *Page) Window() []byte {
	p.t.Helper()
	return run(p, "a picture of the window", chromedp.CaptureScreenshot())
}

func (p *Page) do(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, what, step)
}

// run takes a step that has a result.
func run[T any](p *Page, what string, step chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience.Limit)
	defer cancel()
	result, err := chromedp.Run(ctx, step)
	if err != nil {
		p.t.Fatalf("%.300s: %v", what, err)
	}
	return result
}
