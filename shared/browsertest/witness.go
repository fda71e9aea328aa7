package browsertest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A witness notes what a page does that a visitor should never see. It is told by the browser's goroutine, and asked by the
// test's.
type witness struct {
	origin  string // the server under test: scheme, host and port
	dismiss func() // closes the dialog that holds up the page

	mu       sync.Mutex
	requests []string
	wrong    []string
	expected []string
}

// originOf is an address without its path. Addresses of no server, such as data:, have none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// see takes an event of the page.
func (w *witness) see(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.request(e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.note("the browser's log: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			w.note("the console: %s", consoleText(e.Args))
		}
	case *runtime.EventExceptionThrown:
		w.note("an exception: %v", &chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails})
	case *page.EventJavascriptDialogOpening:
		w.note("a dialog: %s", e.Message)
		go w.dismiss() // not here: the browser's answer would be waited for where it is read
	}
}

func consoleText(args []*runtime.RemoteObject) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if words[i] = arg.Description; words[i] == "" {
			words[i] = string(arg.Value)
		}
	}
	return strings.Join(words, " ")
}

// request takes a request. Those to no server, such as for a data: address, are none.
func (w *witness) request(address string) {
	origin := originOf(address)
	if origin == "" {
		return
	}
	w.mu.Lock()
	w.requests = append(w.requests, address)
	w.mu.Unlock()
	if origin != w.origin {
		w.note("a request to %s", address)
	}
}

func (w *witness) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *witness) expect(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = append(w.expected, text)
}

// complaints returns what was seen and not expected.
func (w *witness) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.wrong), func(complaint string) bool {
		return slices.ContainsFunc(w.expected, func(text string) bool { return strings.Contains(complaint, text) })
	})
}

func (w *witness) requested() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}
