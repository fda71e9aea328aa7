package cloudrun

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
)

// discard takes what the proxy says of answers that broke off: the caller of the service has seen it too.
var discard = log.New(io.Discard, "", 0)

// ServeHTTP passes the request to the instance: method, path, query, headers and body as they came. It answers 503 when
// there is none, or when it was killed before it answered.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	to := s.instance
	s.mu.Unlock()
	if to == nil {
		http.Error(w, errNoInstance.Error(), http.StatusServiceUnavailable)
		return
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", to.address
	answer := &answer{ResponseWriter: w}
	s.proxy.ServeHTTP(answer, r)
	if answer.status < 500 {
		s.answered.Add(1)
	}
}

func (*Service) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.RawQuery = r.In.URL.RawQuery // as it came, well formed or not
}

// failed answers for an instance that did not.
func (s *Service) failed(w http.ResponseWriter, r *http.Request, err error) {
	dialing, ok := errors.AsType[*net.OpError](err)
	if refused := ok && dialing.Op == "dial"; !refused && r.Context().Err() == nil {
		s.interrupted.Add(1)
	}
	http.Error(w, "the instance ended: "+err.Error(), http.StatusServiceUnavailable)
}

// An answer remembers its status.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
