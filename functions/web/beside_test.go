package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/hot"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/tools/bench/ratio"
	"walletpasses.example/server/shared/wallet"
)

// BenchmarkBesideHTTP asks each endpoint on the in-memory world beside a bare handler that gives the very same answer: by
// several phones at once over keep-alive connections, which is what requests per second mean, and alone within the
// process, where nothing but the handlers costs anything.
func BenchmarkBesideHTTP(b *testing.B) {
	service := newBesideService(b, inmem.NewStore())
	for _, q := range service.questions() {
		answer := q.ask(service)
		if answer.Code != q.status {
			b.Fatalf("%s: %d %s, want %d", q.name, answer.Code, answer.Body, q.status)
		}
		bare := replay(answer)
		b.Run("over_loopback/"+q.name, func(b *testing.B) {
			goroutines := 4 * runtime.GOMAXPROCS(0)
			ratio.Of(b, goroutines, dial(b, bare, goroutines, q), dial(b, service, goroutines, q))
		})
		b.Run("in_process/"+q.name, func(b *testing.B) {
			ratio.Of(b, 1, func() { q.ask(bare) }, func() { q.ask(service) })
		})
	}
}

// replay is the bare handler that gives an answer, whatever it is asked. It reads the body that it is sent, which costs net/http
// more than the handler: until then it has no goroutine that watches the connection.
func replay(answer *httptest.ResponseRecorder) http.Handler {
	header, status, body := answer.Result().Header, answer.Code, answer.Body.Bytes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

// A question is what a phone asks.
type question struct {
	name, method, path, body string
	header                   http.Header
	status                   int // of the answer
}

// ask has a handler answer within the process.
func (q question) ask(h http.Handler) *httptest.ResponseRecorder {
	target, err := url.ParseRequestURI(q.path)
	if err != nil {
		panic(err)
	}
	r := http.Request{
		Method: q.method, URL: target, RequestURI: q.path, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Host: "passes.example.com", Header: q.header, Body: io.NopCloser(strings.NewReader(q.body)), ContentLength: int64(len(q.body)),
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, &r)
	return answer
}

// dial serves a handler on a port of its own, and returns what asks it over one of so many connections. The phone costs as
// little as can be: it writes bytes, and reads as many as the first answer had.
func dial(b *testing.B, h http.Handler, connections int, q question) func() {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(b.Context(), q.method, server.URL+q.path, strings.NewReader(q.body))
	check(b, err)
	r.Header = q.header
	var request bytes.Buffer
	check(b, r.Write(&request))

	free := make(chan *phone, connections)
	for range connections {
		conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", server.Listener.Addr().String())
		check(b, err)
		b.Cleanup(func() { conn.Close() })
		p := &phone{conn: conn, request: request.Bytes()}
		check(b, p.first(r, q.status))
		free <- p
	}
	return func() {
		p := <-free
		p.again(b)
		free <- p
	}
}

// A phone asks one question over one connection.
type phone struct {
	conn    net.Conn
	request []byte
	answer  []byte
	says    []byte // how the answer begins
}

// first asks, and takes note of the answer.
func (p *phone) first(r *http.Request, status int) error {
	if _, err := p.conn.Write(p.request); err != nil {
		return err
	}
	var answer bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(p.conn, &answer)), r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != status {
		return fmt.Errorf("it answers %s", response.Status)
	}
	p.answer = answer.Bytes()
	line, _, _ := bytes.Cut(p.answer, []byte("\r\n"))
	p.says = bytes.Clone(line)
	return nil
}

// again asks, and reads as many bytes as the first answer had.
func (p *phone) again(b *testing.B) {
	_, err := p.conn.Write(p.request)
	if err == nil {
		_, err = io.ReadFull(p.conn, p.answer)
	}
	if err != nil || !bytes.HasPrefix(p.answer, p.says) {
		b.Errorf("%.40q, %v; want %q", p.answer, err, p.says)
	}
}

// A besideService is the whole web service, logging as a deployed one does, but to nowhere. It has one pass of 60 kB, which one
// phone has registered and fetched.
type besideService struct {
	http.Handler
	authorization http.Header
	tag           string // that the phone has
}

// A fillable store can be filled.
type fillable interface {
	web.Store
	SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error)
}

func newBesideService(b *testing.B, store fillable) *besideService {
	b.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(b, err)
	token, err := keys.AuthenticationToken(1, card)
	check(b, err)
	bucket := inmem.NewBucket()
	pkg := wallet.CurrentPackage{ID: card}.Next(noon)
	pkg.Object = "packages/1"
	check(b, bucket.Create(b.Context(), pkg.Object, bytes.Repeat([]byte("pass"), 15_000)))
	_, err = store.SavePackage(b.Context(), pkg)
	check(b, err)
	device := wallet.Device{ID: phoneID("phone-1")}
	device.Register(card.SerialNumber, wallet.NewPushToken("0a0a"), noon)
	device.Present(device.Tag())
	_, err = store.SaveDevice(b.Context(), device)
	check(b, err)
	return &besideService{
		Handler: web.New(web.Parts{
			Store: store, Bucket: hot.New(bucket), Events: nobody{}, Keys: keys,
			Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: func() time.Time { return noon },
		}),
		authorization: http.Header{"Authorization": {"ApplePass " + token.Reveal()}},
		tag:           device.Tag().String(),
	}
}

func phoneID(name wallet.DeviceLibraryIdentifier) wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: card.PassTypeIdentifier, DeviceLibraryIdentifier: name}
}

// nobody listens to announcements.
type nobody struct{}

func (nobody) PassPackaged(context.Context, wallet.PassPackaged) error { return nil }

// questions are what the phone asks, again and again.
func (s *besideService) questions() []question {
	const device = "/v1/devices/phone-1/registrations/pass.com.example.loyalty"
	have := s.authorization.Clone()
	have.Set("If-Modified-Since", noon.Format(http.TimeFormat))
	const line = "[2026-11-22 12:00:00 +0000] Get pass task (pass type pass.com.example.loyalty, serial number card-1, if-modified-since (null); " +
		"with web service url https://passes.example.com/) encountered error: Unexpected response code 503"
	return []question{
		{"register_again", "POST", device + "/card-1", `{"pushToken":"0a0a"}`, s.authorization, 200},
		{"unregister_what_is_not_registered", "DELETE", strings.Replace(device, "phone-1", "phone-2", 1) + "/card-1", "", s.authorization, 200},
		{"list_of_nothing_new", "GET", device + "?passesUpdatedSince=" + s.tag, "", nil, 204},
		{"list_of_a_pass", "GET", device, "", nil, 200},
		{"latest_not_modified", "GET", "/v1/passes/" + card.String(), "", have, 304},
		{"latest_of_60_kB", "GET", "/v1/passes/" + card.String(), "", s.authorization, 200},
		{"log", "POST", "/v1/log", `{"logs":["` + line + `"]}`, nil, 200},
	}
}
