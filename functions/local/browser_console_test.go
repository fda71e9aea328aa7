package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"walletpasses.example/server/shared/browsertest"
)

// A desk is somebody at the console.
type desk struct {
	client
	*browsertest.Page
}

// openDesk opens the console in a new browser.
func openDesk(t *testing.T, view browsertest.View) desk {
	t.Helper()
	c := newClient(t, serve(t))
	return desk{c, browsertest.Start(t).Open(t, c.url+"/", view)}
}

// issueOf is the button of the gallery that issues a pass of a template.
func issueOf(template string) string {
	return fmt.Sprintf(`button[aria-label="Issue a pass of the template %s"]`, template)
}

// issueFrom issues a pass from the gallery, and waits until it can be put on the phone.
func (d desk) issueFrom(template string) {
	d.t.Helper()
	d.Await("the gallery", fmt.Sprintf("document.querySelector(%q)", issueOf(template)))
	d.Click(issueOf(template))
	d.awaitPass()
}

func (d desk) awaitPass() {
	d.t.Helper()
	d.Await("the pass is packaged", "document.querySelector('.pass-head .primary:not([disabled])')")
	d.Await("its document is drawn", "document.querySelectorAll('.drawn iframe:not(.arriving)').length == 2")
}

// drawn is what a frame of the console shows.
func (d desk) drawn(selector string) string {
	d.t.Helper()
	var address string
	d.Evaluate(fmt.Sprintf("[...document.querySelectorAll('%s iframe:not(.arriving)')].at(-1)?.src ?? ''", selector), &address)
	if address == "" {
		return ""
	}
	_, _, body := d.call("GET", address, "")
	return string(body)
}

// rewrite replaces what the editor has by what is typed.
func (d desk) rewrite(before, typed string) {
	d.t.Helper()
	d.Evaluate(fmt.Sprintf(`(() => {
		const area = document.querySelector('textarea'), at = area.value.indexOf(%q);
		area.focus(); area.setSelectionRange(at, at + %d); return at < 0 ? null : at;
	})()`, before, len(before)), new(int))
	d.Press(typed)
}

// phonePoints is how many points the simulated iPhone shows, as its own screen would say it.
func (d desk) phonePoints() (points float64) {
	_, _, body := d.call("GET", "/local/iphone", "")
	var held []struct{ Fields map[string]any }
	if err := json.Unmarshal(body, &held); err != nil {
		d.t.Fatalf("%v in %s", err, body)
	}
	if len(held) > 0 {
		points, _ = held[0].Fields["points"].(float64)
	}
	return points
}

// A newcomer sees a pass at once, chooses one, puts it on the phone, changes it, and watches the phone update.
func TestBrowserConsole(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	began := time.Now()
	d.Goto(d.url + "/")
	d.Await("a pass is drawn", "document.querySelector('.tile iframe:not(.arriving)')")
	t.Logf("the first pass is drawn %v after the page was asked for", time.Since(began).Round(time.Millisecond))

	d.issueFrom("points")
	d.Click(".pass-head .primary")
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	d.rewrite("1250", "1300")
	d.Await("the change is checked", "document.querySelector('.findings-box .summary.good')")
	until(t, "the draft is drawn", func() bool { return strings.Contains(d.drawn(".drawn figure:first-child"), "1,300") })
	if got := d.phonePoints(); got != 1250 {
		t.Errorf("the phone shows %v points before anything is saved", got)
	}
	d.Press("s", chromedp.ModifierCtrl)
	until(t, "the phone shows the change", func() bool { return d.phonePoints() == 1300 })
	until(t, "the phone is drawn with the change", func() bool { return strings.Contains(d.drawn(".wallet .front"), "1,300") })
	d.Await("the notice comes down", "document.querySelector('.banner:not([hidden])')?.innerText.startsWith('Northwind Coffee')")
	for _, event := range []string{"written", "packaged", "registered", "pushed", "listed"} {
		d.Await("the timeline has "+event, fmt.Sprintf("document.querySelector('.timeline [data-event=%q]')", event))
	}

	d.Click(".phone-controls button")
	d.Await("the phone is off", "document.querySelector('.dark-screen:not([hidden])')")
	d.rewrite("1300", "1400")
	d.Click(".panel-head .primary")
	d.Await("APNs keeps the push", "document.querySelector('.dark-screen').innerText.includes('APNs keeps')")
	if got := d.phonePoints(); got != 1300 {
		t.Errorf("switched off, the phone shows %v points", got)
	}
	d.Click(".phone-controls button")
	until(t, "the phone shows what it has missed", func() bool { return d.phonePoints() == 1400 })
	until(t, "the phone is drawn with it", func() bool { return strings.Contains(d.drawn(".wallet .front"), "1,400") })
	d.Await("its screen is on", "document.querySelector('.handset').dataset.on == 'true' && !document.querySelector('.wallet').inert")

	d.Click(".held .cover")
	d.Await("the pass is open", "document.querySelector('.held.open')")
	d.Click(".held.open .pass-buttons button:last-child")
	d.Await("the phone is empty", "document.querySelectorAll('.wallet .held').length == 0")
	d.Await("nobody holds the pass", "[...document.querySelectorAll('section[aria-label=Phones]')].some(s => s.innerText.includes('No phone'))")
}

// What is wrong with a document is shown where it is, as it is typed.
func TestBrowserConsoleFindings(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	line := func(text string) (n int) {
		d.Evaluate(fmt.Sprintf("document.querySelector('textarea').value.split('\\n').findIndex(line => line.includes(%q)) + 1", text), &n)
		return n
	}
	for _, c := range []struct{ before, typed, at string }{
		{`"template"`, `"nonsense": 1, "template"`, "nonsense"},
		{`"nonsense": 1, `, "", "nothing"},
		{`"qrCodeLink"`, `"qrCodeLimk"`, "qrCodeLimk"},
		{`"qrCodeLimk"`, `"qrCodeLink"`, "nothing"},
		{`"points": 1250`, `"points": 1250 1`, `"points":`},
	} {
		if c.typed == "" {
			c.typed = kb.Delete
		}
		d.rewrite(c.before, c.typed)
		if c.at == "nothing" {
			d.Await("all is well after "+c.before, "document.querySelector('.findings-box .summary.good') && !document.querySelector('.gutter .error, .gutter .warning')")
			continue
		}
		n := line(c.at)
		d.Await(fmt.Sprintf("a finding of %s in line %d", c.typed, n), fmt.Sprintf("document.querySelector('.findings li') && document.querySelector('.gutter div:nth-child(%d)').className", n))
	}
	var stays bool
	d.Evaluate(`(async () => { // who presses it leaves the editor, which has the document checked once more
		const button = document.querySelector('.findings .jump');
		const checked = () => performance.getEntriesByType('resource').some(entry => entry.name.includes('/draft'));
		performance.clearResourceTimings();
		document.activeElement.blur();
		for (let frames = 0; frames < 3; frames += checked()) await new Promise(requestAnimationFrame);
		return button.isConnected;
	})()`, &stays)
	if !stays {
		t.Error("the button is another before it is let go")
	}
	d.Click(".findings .jump")
	d.Await("the line is selected", `document.activeElement.tagName == 'TEXTAREA' &&
		document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd).includes('points')`)
	for _, violation := range d.Violations() {
		t.Error(violation)
	}
}

// Without a mouse one gets from the start to a changed pass on the phone, and always sees where one is.
func TestBrowserConsoleByKeyboard(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.Await("the gallery", fmt.Sprintf("document.querySelector(%q)", issueOf("points")))
	tabTo := func(selector string) {
		t.Helper()
		for range 120 {
			d.Press(kb.Tab)
			var at struct {
				There, Seen bool
				Element     string
			}
			d.Evaluate(fmt.Sprintf(`(() => {
				const e = document.activeElement;
				const shown = [getComputedStyle(e), getComputedStyle(e, '::after'), getComputedStyle(e.closest('.editor') ?? e)];
				return {
					there: e.matches(%q), element: e.outerHTML.slice(0, 120),
					seen: e.tagName == 'IFRAME' || shown.some(style => style.outlineStyle != 'none' && style.outlineWidth != '0px'), // a frame shows it within
				};
			})()`, selector), &at)
			if !at.Seen {
				t.Errorf("the focus is not to be seen on %s", at.Element)
			}
			if at.There {
				return
			}
		}
		t.Fatalf("Tab does not lead to %s", selector)
	}
	tabTo(issueOf("points"))
	d.Press(kb.Enter)
	d.awaitPass()
	tabTo(".pass-head .primary")
	d.Press(kb.Enter)
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	tabTo("textarea")
	var before struct{ Line, Left int }
	d.Evaluate(`(() => {
		const lines = document.querySelector('textarea').value.split('\n'), line = lines.findIndex(text => text.includes('1250'));
		return {line, left: lines[line].length - lines[line].indexOf('1250') - 4};
	})()`, &before)
	d.Press(kb.Home, chromedp.ModifierCtrl)
	d.Press(strings.Repeat(kb.ArrowDown, before.Line) + kb.End + strings.Repeat(kb.ArrowLeft, before.Left) + strings.Repeat(kb.Backspace, 4) + "1300")
	d.Press("s", chromedp.ModifierCtrl)
	until(t, "the phone shows the change", func() bool { return d.phonePoints() == 1300 })
}

// The console can be used by everybody, by day and by night, on a desk and on a phone.
func TestBrowserConsoleIsAccessible(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("stamps")
	d.Click(".pass-head .primary")
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	var pass string
	d.Evaluate("location.hash", &pass)
	for _, c := range []struct{ view, shown string }{
		{"#/", ".tile iframe:not(.arriving)"}, {pass, ".timeline"}, {"#/campaigns", "h1"}, {"#/log", "h1"},
	} {
		d.Evaluate(fmt.Sprintf("location.hash = %q", c.view), nil)
		d.Await(c.view, fmt.Sprintf("document.querySelector('main %s')", c.shown))
		for _, view := range everyView {
			d.View(view)
			for _, violation := range d.Violations() {
				t.Errorf("%s, %v: %s", c.view, view, violation)
			}
			var width int
			if d.Evaluate("document.documentElement.scrollWidth", &width); width > view.Width {
				t.Errorf("%s, %v: the page is %d px wide", c.view, view, width)
			}
		}
	}
}

// Hostile passes are drawn harmlessly in the console, too.
func TestBrowserConsoleWithHostilePasses(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	for _, name := range []string{"event", "boarding", "membership-poster", "coupon"} {
		planted, _ := d.hostile(name, sample(t, name))
		link := d.issue(name, planted)
		if status, _, body := d.call("POST", "/local/iphone", link); status != 201 {
			t.Fatalf("the phone: %d %s", status, body)
		}
		d.Evaluate(fmt.Sprintf("location.hash = %q", "#/passes/"+defaultPassType+"/"+name), nil)
		d.awaitPass()
		d.Evaluate("location.hash = '#/'", nil)
		d.Await("the gallery", fmt.Sprintf("document.querySelector('a[href$=%q]')", "/"+name))
	}
	var hacked bool
	if d.Evaluate("'hacked' in window || document.querySelectorAll('main script, main img').length > 0", &hacked); hacked {
		t.Error("a hostile pass got into the console")
	}
}
