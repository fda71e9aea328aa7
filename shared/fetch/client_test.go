package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func TestGet(t *testing.T) {
	w := newWorld(t, 1000, func(rw http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 || r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("sent %v", r.Header)
		}
		http.SetCookie(rw, &http.Cookie{Name: "a", Value: "b"})
		if r.URL.Path == "/from" {
			http.Redirect(rw, r, "/logo.png", http.StatusFound)
			return
		}
		rw.Header().Set("Content-Type", "text/html")
		_, _ = rw.Write([]byte("picture " + r.URL.RawQuery))
	})
	for _, path := range []string{"/logo.png?1", "/from", "/logo.png?2"} {
		data, err := w.client.Get(t.Context(), w.https("example.com", path))
		if err != nil || !strings.HasPrefix(string(data), "picture ") {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.9:1")
	}
	if newClient(1, time.Second, reach{}).http.Transport.(*http.Transport).Proxy != nil {
		t.Error("the environment's proxy is used")
	}
}

func TestRedirects(t *testing.T) {
	w := newWorld(t, 1000, func(rw http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		if to == "" {
			_, _ = rw.Write([]byte("picture"))
			return
		}
		next, rest, _ := strings.Cut(to, " ")
		if rest != "" {
			next += "?to=" + strings.ReplaceAll(rest, " ", "+")
		}
		http.Redirect(rw, r, next, http.StatusTemporaryRedirect)
	})
	w.resolves("private.example.com", "10.0.0.1")
	for _, c := range []struct {
		name, to    string
		connections int32 // the first of which is to the host asked for
		ok          bool
	}{
		{"one", "/", 2, true},
		{"two", "/ /", 3, true},
		{"three", "/ / /", 3, false},
		{"to http", "http://example.com:" + w.port + "/", 1, false},
		{"to another port", "https://example.com:8443/", 1, false},
		{"to an address", "https://127.0.0.1:" + w.port + "/", 1, false},
		{"to the metadata server", "https://169.254.169.254/computeMetadata/v1/", 1, false},
		{"to its name", "https://metadata.google.internal/", 1, false},
		{"to a name of a private address", w.https("private.example.com", "/"), 1, false},
		{"with a password", "https://a:b@example.com:" + w.port + "/", 1, false},
		{"to a file", "file:///etc/passwd", 1, false},
	} {
		before := w.connections.Load()
		data, err := w.client.Get(t.Context(), w.https("example.com", "/?to="+strings.ReplaceAll(c.to, " ", "+")))
		if c.ok != (err == nil) || c.ok && string(data) != "picture" || !c.ok && !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %q, %v", c.name, data, err)
		}
		if n := w.connections.Load() - before; n != c.connections {
			t.Errorf("%s: %d connections, want %d", c.name, n, c.connections)
		}
	}
}

// A name that is public when it is first looked up and private the next time is refused the next time, for what is checked is
// the very address that is connected to.
func TestRebinding(t *testing.T) {
	w := newWorld(t, 1000, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(rw, r, "/", http.StatusFound)
		}
	})
	for _, path := range []string{"/again", "/"} {
		w.connections.Store(0)
		w.lookups.Store(0)
		w.resolves("a.example.com", standIn.String(), "127.0.0.2")
		_, err := w.client.Get(t.Context(), w.https("a.example.com", path))
		if path == "/" {
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.client.Get(t.Context(), w.https("a.example.com", path))
		}
		if !errors.Is(err, wallet.ErrInvalid) || w.connections.Load() != 1 || w.lookups.Load() != 2 {
			t.Errorf("%s: %v, %d lookups, %d connections", path, err, w.lookups.Load(), w.connections.Load())
		}
	}
}

func TestAnswers(t *testing.T) {
	w := newWorld(t, 1000, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/limit":
			_, _ = rw.Write(make([]byte, 1000))
		case "/over", "/unsaid":
			if r.URL.Path == "/unsaid" {
				rw.(http.Flusher).Flush()
			}
			_, _ = rw.Write(make([]byte, 1001))
		case "/compressed":
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write([]byte("\x1f\x8b"))
		case "/header":
			rw.Header().Set("X", strings.Repeat("x", 2*maxHeader))
		case "/cut":
			rw.Header().Set("Content-Length", "100")
			_, _ = rw.Write([]byte("x"))
		default:
			var status int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
			rw.WriteHeader(status)
		}
	})
	for path, want := range map[string]string{
		"/limit": "", "/over": "too large", "/unsaid": "too large", "/compressed": "compressed",
		"/404": "404", "/403": "403", "/204": "204", "/304": "304",
	} {
		data, err := w.client.Get(t.Context(), w.https("example.com", path))
		if want == "" {
			if err != nil || len(data) != 1000 {
				t.Errorf("%s: %d bytes, %v", path, len(data), err)
			}
			continue
		}
		if !errors.Is(err, wallet.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"/500", "/503", "/429", "/408", "/cut", "/header"} {
		data, err := w.client.Get(t.Context(), w.https("example.com", path))
		if err == nil || errors.Is(err, wallet.ErrInvalid) || data != nil {
			t.Errorf("%s: %v, want one that may pass", path, err)
		}
	}
}

func TestHostsThatCannotBeReached(t *testing.T) {
	w := newWorld(t, 1000, func(http.ResponseWriter, *http.Request) {})
	w.resolves("other.example", standIn.String()) // not a name of the certificate
	for _, host := range []string{"unknown.example.com", "other.example"} {
		if _, err := w.client.Get(t.Context(), w.https(host, "/")); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", host, err)
		}
	}
	w.server.Close()
	_, err := w.client.Get(t.Context(), w.https("example.com", "/"))
	if err == nil || errors.Is(err, wallet.ErrInvalid) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestTime(t *testing.T) {
	stop := make(chan struct{})
	w := newWorld(t, 1<<20, func(rw http.ResponseWriter, r *http.Request) {
		_, _ = rw.Write([]byte("x"))
		rw.(http.Flusher).Flush()
		<-stop
	})
	defer close(stop)
	w.client.timeout = 200 * time.Millisecond
	_, err := w.client.Get(t.Context(), w.https("example.com", "/"))
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("a file that never ends: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.client.Get(canceled, w.https("example.com", "/")); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// A name server that does not answer is no fault of the address.
func TestNameServerOutOfReach(t *testing.T) {
	c := newClient(1000, time.Second, reach{port: "443", permitted: public, resolver: &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("10.0.0.53 is out of reach")
		},
	}})
	_, err := c.Get(t.Context(), "https://example.com/")
	if err == nil || errors.Is(err, wallet.ErrInvalid) || strings.Contains(err.Error(), "10.0.0.53") {
		t.Errorf("%v", err)
	}
}
