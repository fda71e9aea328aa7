package webservice

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A HandlerFunc answers a request or returns why it could not. It has written nothing when it returns an error, unless
// the answer broke off half way.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// A Router serves routes as devices need them served: empty segments are skipped, so doubled and trailing slashes do no
// harm; "/v1/v1/…", asked for by passes whose webServiceURL ends in /v1, is "/v1/…"; each segment is decoded once; HEAD is
// GET; an unknown path is 404 and a wrong method 405 with Allow. It never redirects, since devices may not follow. (The
// standard ServeMux does redirect, which is why it is not used here.)
type Router struct {
	log     *slog.Logger
	failure func(http.ResponseWriter, *http.Request, error)
	routes  []route
}

type route struct {
	Route
	segments []string
	handle   HandlerFunc
}

// NewRouter returns a router whose failures are bare statuses, which is all that devices read.
func NewRouter(log *slog.Logger) *Router { return &Router{log: log, failure: answer(writeStatus)} }

// NewIssuerRouter returns a router whose failures are problem documents (RFC 9457), for people and programs that issue.
func NewIssuerRouter(log *slog.Logger) *Router {
	return &Router{log: log, failure: answer(writeProblem)}
}

// NewPageRouter returns a router whose failures are a sentence, for people who have opened a link in a browser.
func NewPageRouter(log *slog.Logger) *Router { return &Router{log: log, failure: answer(writePage)} }

// answer is a failure that is the same whoever asks.
func answer(write func(http.ResponseWriter, error)) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, _ *http.Request, err error) { write(w, err) }
}

// Refusing has browsers, which ask for text/html, answered with a page instead. The page writes the status and is told nothing
// else, so that it cannot tell one refusal from another. It returns the router, so that calls can be chained.
func (rt *Router) Refusing(page func(w http.ResponseWriter, r *http.Request, status int)) *Router {
	otherwise := rt.failure
	rt.failure = func(w http.ResponseWriter, r *http.Request, err error) {
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			otherwise(w, r, err)
			return
		}
		status := Status(err)
		setRetryAfter(w, status)
		w.Header().Set("Cache-Control", "no-store")
		page(w, r, status)
	}
	return rt
}

// Handle serves a route. It returns the router, so that calls can be chained.
func (rt *Router) Handle(r Route, h HandlerFunc) *Router {
	rt.routes = append(rt.routes, route{r, split(r.Path), h})
	return rt
}

// ServeHTTP finds the route, runs its handler, answers its error, and writes one log record, which holds no
// device identifier and no header.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	recorder := &statusRecorder{ResponseWriter: w}
	found, err := rt.serve(recorder, r)
	if err != nil && recorder.status == 0 {
		keepOnly(w.Header(), "Allow") // the others were meant for an answer that did not come about
		rt.failure(recorder, r, err)
	}
	level := slog.LevelInfo
	if recorder.status >= http.StatusInternalServerError && recorder.status != http.StatusServiceUnavailable {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", found),
		slog.Int("status", recorder.status), slog.Duration("took", time.Since(start)),
	}
	if err != nil {
		attrs = append(attrs, wallet.ErrorAttr(err))
	}
	rt.log.LogAttrs(r.Context(), level, "request", attrs...)
}

func keepOnly(h http.Header, name string) {
	values := h[name]
	clear(h)
	if values != nil {
		h[name] = values
	}
}

func (rt *Router) serve(w http.ResponseWriter, r *http.Request) (found string, err error) {
	segments := split(r.URL.EscapedPath())
	var allowed []string
	for i := range rt.routes {
		route := &rt.routes[i]
		switch {
		case !match(route.segments, segments):
		case r.Method == route.Method, r.Method == http.MethodHead && route.Method == http.MethodGet:
			if !setPathValues(r, route.segments, segments) {
				return "", errNoRoute
			}
			return route.Path, route.handle(w, r)
		default:
			allowed = append(allowed, route.Method)
		}
	}
	if allowed == nil {
		return "", errNoRoute
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return "", errMethod
}

// split returns the segments of an escaped path, without the empty ones and without all but one leading "v1".
func split(path string) []string {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	for len(segments) > 1 && segments[0] == "v1" && segments[1] == "v1" {
		segments = segments[1:]
	}
	return segments
}

// match compares a path with a pattern.
func match(pattern, segments []string) bool {
	if len(pattern) != len(segments) {
		return false
	}
	for i, p := range pattern {
		if p[0] != '{' && p != segments[i] {
			return false
		}
	}
	return true
}

// setPathValues stores the decoded parameters of a path in the request, and reports that all could be decoded.
func setPathValues(r *http.Request, pattern, segments []string) bool {
	for i, p := range pattern {
		if p[0] == '{' {
			value, err := url.PathUnescape(segments[i])
			if err != nil {
				return false
			}
			r.SetPathValue(p[1:len(p)-1], value)
		}
	}
	return true
}

// statusRecorder remembers the status for the log.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
