package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"walletpasses.example/server/shared/browsertest"
)

// What is typed while a save is on its way is a change of what is saved, and nobody else's.
func TestBrowserConsoleTypingGoesOnWhileItSaves(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.Evaluate(`(() => {
		const ask = window.fetch;
		window.fetch = async (path, options) => {
			const answer = await ask(path, options);
			if (options?.method === 'PUT') await new Promise((release) => { window.release = release; });
			return answer;
		};
	})()`, nil)
	d.rewrite("1250", "1300")
	d.Press("s", chromedp.ModifierCtrl)
	d.Await("the save is answered", "window.release")
	d.Await("its event has come", "document.querySelectorAll('.timeline [data-event=packaged]').length == 2")
	d.rewrite("1300", "1400")
	d.Evaluate("window.release()", nil)
	d.Await("it is saved", "document.querySelector('.pass > [role=status] .notice:not([hidden])')?.innerText == 'Saved.'")
	d.Evaluate("window.release = null", nil)
	d.Press("s", chromedp.ModifierCtrl)
	d.Await("the second save is answered", "window.release")
	d.Evaluate("window.release()", nil)
	d.Await("there is nothing more to save", "document.querySelector('.words .primary').disabled")
	if conflict := d.Text(".words .notice:not([hidden])"); conflict != "" {
		t.Errorf("the console says %q", conflict)
	}
	if _, _, body := d.call("GET", "/local/passes/"+defaultPassType+"/points-1/document", ""); !strings.Contains(string(body), "1400") {
		t.Errorf("the document is %s", body)
	}
}

// An answer that comes late does not take the place of a newer one.
func TestBrowserConsoleShowsWhatIsNewest(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	offered := d.offer("points")
	path := "/issuer/v1/passes/" + defaultPassType + "/late"
	put := func(document string) {
		t.Helper()
		if status, _, body := d.call("PUT", path, document); status/100 != 2 {
			t.Fatalf("%d %s", status, body)
		}
	}
	packaged := func(version int) bool {
		_, _, body := d.call("GET", path, "")
		return strings.Contains(string(body), fmt.Sprintf(`"version":%d,`, version))
	}
	put(offered.Text)
	until(t, "it is packaged", func() bool { return packaged(1) })
	d.Evaluate(`(() => {
		const ask = window.fetch;
		window.asked = 0;
		window.fetch = async (path, options) => {
			const answer = await ask(path, options);
			if (path === '`+path+`' && ++window.asked === 1) await new Promise((release) => { window.release = release; });
			return answer;
		};
		location.hash = '#/passes/`+defaultPassType+`/late';
	})()`, nil)
	d.Await("the first answer is held up", "window.release")
	put(strings.Replace(offered.Text, "1250", "1300", 1))
	until(t, "it is packaged again", func() bool { return packaged(2) })
	d.call("POST", "/local/iphone/power", `{"on": false}`)
	d.Await("the page has heard of that", "document.querySelector('.dark-screen:not([hidden])')")
	var asked int
	if d.Evaluate("window.asked", &asked); asked != 1 {
		t.Errorf("the page asks while it waits for an answer: %d times", asked)
	}
	d.Evaluate("window.release()", nil)
	d.Await("the new one is shown", "document.querySelector('.facts').innerText.includes('version 2, current')")
}

// What was typed and not saved is still there after a reload, and is not saved over what somebody else has written meanwhile.
func TestBrowserConsoleKeepsWhatIsNotSaved(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.rewrite("1250", "1300")
	d.Await("it is not saved", "!document.querySelector('.words .primary').disabled")
	d.Reload()
	const typed = "document.querySelector('textarea')?.value.includes('1300')"
	d.Await("it is there after a reload", typed+" && document.querySelector('.words .primary:not([disabled])')")
	d.awaitPass()
	if conflict := d.Text(".words .notice:not([hidden])"); conflict != "" {
		t.Errorf("nobody has written, and the console says %q", conflict)
	}

	d.Evaluate("location.hash = '#/'", nil)
	d.Await("the gallery", "document.querySelector('.tiles')")
	path := "/issuer/v1/passes/" + defaultPassType + "/points-1"
	if status, _, body := d.call("PUT", path, strings.Replace(d.offer("points").Text, "1250", "1400", 1)); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	d.Evaluate("history.back()", nil)
	d.Await("the console says that somebody has written", typed+" && document.querySelector('.words .notice:not([hidden])')?.innerText.includes('Somebody else')")
	d.Click(".words .notice button")
	d.Await("theirs is taken", "document.querySelector('textarea').value.includes('1400') && document.querySelector('.words .primary').disabled")
	d.Evaluate("location.hash = '#/'", nil)
	d.Await("the gallery again", "document.querySelector('.tiles')")
	d.Evaluate("history.back()", nil)
	d.Await("nothing is kept of what is not wanted any more", "document.querySelector('textarea')?.value.includes('1400')")
}

// An address is asked for its picture when it is whole, which is when one leaves the editor.
func TestBrowserConsoleFetchesNoPictureWhileOneTypes(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.rewrite(`"data"`, `"images": {"strip": "https://127.0.0.1/half"}, "data"`)
	d.Await("a warning", "document.querySelector('.findings .warning')?.innerText.includes('leave the editor')")
	if errors := d.Count(".findings .error"); errors != 0 {
		t.Errorf("%d errors while one types", errors)
	}
	d.Press(kb.Tab)
	d.Await("what became of the address", "document.querySelector('.findings .error')?.innerText.includes('public host')")
}

// A gallery of more passes than a page of it shows can be read on, keeps its place when something happens, and leads to any.
func TestBrowserConsoleWithManyPasses(t *testing.T) {
	c := newClient(t, serve(t))
	offered := c.offer("points")
	const many = 120
	for n := range many {
		serial := fmt.Sprintf("card-%03d", n)
		if status, _, body := c.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/"+serial, offered.Text); status != 201 {
			t.Fatalf("%s: %d %s", serial, status, body)
		}
	}
	until(t, "all are packaged", func() bool {
		_, _, body := c.call("GET", "/local/passes", "")
		_, _, last := c.call("GET", "/local/passes/"+defaultPassType+"/card-119/drawn", "")
		return !strings.Contains(string(body), `"version":0`) && strings.Contains(string(last), "<html")
	})
	d := desk{c, browsertest.Start(t).Open(t, c.url+"/", browsertest.View{})}
	const tiles = "document.querySelectorAll('main ul:first-of-type > .tile:not(:has(.cover))').length"
	d.Await("a page of passes", tiles+" == 100")
	d.Click(".find button:first-child")
	d.Await("all passes", fmt.Sprintf("%s == %d && document.querySelector('.find').hidden", tiles, many))

	d.Await("the first is drawn", "document.querySelector('.tile iframe:not(.arriving)')")
	before := len(d.Requests())
	if status, _, _ := c.call("PATCH", "/issuer/v1/passes/"+defaultPassType+"/card-050", `{"data":{"points":7}}`, "Content-Type", "application/merge-patch+json"); status != 200 {
		t.Fatal(status)
	}
	d.Await("the one that changed comes first", "document.querySelector('.tile a').innerText == 'card-050'")
	d.Await("it is drawn", "document.querySelector('.tile iframe:not(.arriving)')?.src.endsWith('version=2')")
	var shown int
	if d.Evaluate(tiles, &shown); shown != many {
		t.Errorf("%d passes are shown", shown)
	}
	requests := d.Requests()
	for _, request := range requests[before:] { // one that comes into view late is drawn for the first time
		if strings.Contains(request, "/drawn") && slices.Contains(requests[:before], request) {
			t.Errorf("%s is drawn again", request)
		}
	}

	d.Goto(d.url + "/?again")
	d.Await("a page of passes", tiles+" == 100")
	d.Click(".find input")
	d.Press("card-119" + kb.Enter)
	d.awaitPass()
	if heading := d.Text("h1"); heading != "card-119" {
		t.Errorf("the page is that of %q", heading)
	}
}

// An address that leads nowhere says so.
func TestBrowserConsoleHasNoSuchPage(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	for _, address := range []string{"#/none", "#/passes/%E0%A4%A/x"} {
		d.Evaluate(fmt.Sprintf("location.hash = %q", address), nil)
		d.Await(address, "document.querySelector('main').innerText.includes('no such page')")
		d.Evaluate("location.hash = '#/'", nil)
		d.Await("the gallery", "document.querySelector('.tile')")
	}
}

// What one does with the buttons does not change the document under what is being typed.
func TestBrowserConsoleButtonsWaitForWhatIsTyped(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.rewrite("1250", "1300")
	d.Click(".actions .danger")
	d.Await("Delete says why not", "document.querySelector('.pass .notice.bad:not([hidden])')?.innerText.includes('Save or discard')")
	if _, _, body := d.call("GET", "/local/passes/"+defaultPassType+"/points-1/document", ""); strings.Contains(string(body), `"deleted":true`) {
		t.Errorf("it is deleted: %s", body)
	}
	d.Click(".words .actions button:first-child")
	d.Await("nothing is to be saved", "document.querySelector('.words .primary').disabled")
	d.Click(".actions .danger")
	d.Await("it is deleted, and the keyboard stays among the buttons",
		"document.querySelector('.words .primary').innerText == 'Revive' && document.querySelector('.pass-head .actions').contains(document.activeElement)")
}

// A conflict is shown once, however much happens besides.
func TestBrowserConsoleConflictStaysAsItIs(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.rewrite("1250", "1300")
	path := "/issuer/v1/passes/" + defaultPassType + "/points-1"
	const merge = "application/merge-patch+json"
	d.call("PATCH", path, `{"data":{"points":1400}}`, "Content-Type", merge)
	d.Await("the conflict", "document.querySelector('.words .notice:not([hidden]) button')")
	d.Evaluate("document.querySelector('.words .notice button').focus()", nil)
	d.Await("the new version is shown", "document.querySelector('.facts').innerText.includes('version 2, current')")
	var focused bool
	if d.Evaluate("document.activeElement == document.querySelector('.words .notice button')", &focused); !focused {
		t.Error("the notice was made anew under the keyboard")
	}
	d.call("DELETE", path, "")
	d.Await("the conflict is another", "document.querySelector('.words .notice').innerText.includes('deleted')")
	d.Click(".words .notice button:last-child")
	d.Await("mine is kept, and can revive the pass", "document.querySelector('textarea').value.includes('1300') && document.querySelector('.words .primary').innerText == 'Revive' && document.activeElement.tagName == 'TEXTAREA'")
}

// A page that was opened before its pass comes to life with it.
func TestBrowserConsoleWaitsForAPass(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.Expect("404")
	d.Evaluate("location.hash = '#/passes/"+defaultPassType+"/later'", nil)
	d.Await("there is none", "document.querySelector('.facts')?.innerText.includes('no such pass')")
	d.Evaluate("sessionStorage.setItem('draft of "+defaultPassType+"/points-1', JSON.stringify({ revision: '1', stored: '{}', gone: false, text: '{ }' }))", nil)
	if status, _, body := d.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/later", d.offer("points").Text); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	d.awaitPass()
	d.Await("it is there to be edited", "document.querySelector('textarea').checkVisibility() && document.querySelector('.pass-head .primary').checkVisibility()")

	d.Evaluate("location.hash = '#/'", nil)
	d.issueFrom("points")
	if conflict := d.Text(".words .notice:not([hidden])"); conflict != "" {
		t.Errorf("what was typed for an earlier pass of the name comes back: %q", conflict)
	}
}

// What is saved is checked as a whole, pictures too, without leaving the editor.
func TestBrowserConsoleChecksWhatIsSaved(t *testing.T) {
	d := openDesk(t, browsertest.View{})
	d.issueFrom("points")
	d.Evaluate(`(() => {
		const ask = window.fetch;
		window.checks = [];
		window.fetch = (path, options) => { if (path.includes('/draft')) window.checks.push(path.split('/').at(-1)); return ask(path, options); };
	})()`, nil)
	d.rewrite("1250", "1300")
	d.Await("what is typed is checked", "window.checks.at(-1) == 'draft?pictures=kept'")
	d.Press("s", chromedp.ModifierCtrl)
	d.Await("what is saved is checked", "window.checks.at(-1) == 'draft'")
}
