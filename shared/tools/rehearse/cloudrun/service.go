// Package cloudrun stands where Cloud Run stands: it gives a function an address that stays, and behind it a process that
// may be killed at any time and is started again.
//
// It is harder than the original: while an instance starts, requests are refused with 503 and not held back, and an instance
// that ends by itself is not replaced, since that is a fault to be found.
package cloudrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"walletpasses.example/server/shared/cloudtest/process"
)

// A Function is what a service runs.
type Function struct {
	Name       string
	EntryPoint string
	Executable string
	Settings   []string // NAME=value, all that the process finds in its environment beside what the platform sets
}

// A Service is a function that can be called: over HTTP at its URL, or as a handler. Its methods may be called at the same
// time, but for Close.
type Service struct {
	function  Function
	url       string
	server    *http.Server
	serving   chan struct{} // closed when the server has stopped
	transport *http.Transport
	proxy     *httputil.ReverseProxy
	output    process.Tail // of all instances, one after the other

	answered, interrupted atomic.Int64

	restarting sync.Mutex
	mu         sync.Mutex
	instance   *instance // nil while none is ready
}

// An instance is one process of a function, ready at its address.
type instance struct {
	*process.Process
	address string // host:port
}

// Start listens on a free port and starts the first instance. It returns when that is ready.
func Start(ctx context.Context, f Function) (*Service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", f.Name, err)
	}
	s := &Service{
		function: f,
		url:      "http://" + listener.Addr().String(),
		serving:  make(chan struct{}),
		// A kept connection could hide a kill: requests that it takes with it are sent again without a word.
		transport: &http.Transport{DisableKeepAlives: true},
	}
	s.proxy = &httputil.ReverseProxy{Rewrite: s.rewrite, Transport: s.transport, ErrorHandler: s.failed, ErrorLog: discard}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.serving)
		_ = s.server.Serve(listener) // until Close
	}()
	if err := s.Restart(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// URL is the address of the service, without a slash at its end.
func (s *Service) URL() string { return s.url }

// Answered counts the requests that instances have answered with a status below 500.
func (s *Service) Answered() int64 { return s.answered.Load() }

// Interrupted counts the requests that reached an instance and were not answered by it, because it was killed.
func (s *Service) Interrupted() int64 { return s.interrupted.Load() }

// Output returns the end of what the instances wrote.
func (s *Service) Output() string { return s.output.String() }

// Restart kills the instance, in the middle of whatever it does, and starts another. It returns when that is ready.
func (s *Service) Restart(ctx context.Context) error {
	s.restarting.Lock()
	defer s.restarting.Unlock()
	s.kill()
	next, err := s.run(ctx)
	if err != nil {
		return fmt.Errorf("start %s: %w\n%s", s.function.Name, err, &s.output)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instance = next
	return nil
}

// Close ends the service. Requests that are under way are interrupted.
func (s *Service) Close() {
	_ = s.server.Close() // the listener's error: nothing is left to do about it
	<-s.serving
	s.kill()
}

func (s *Service) kill() {
	s.mu.Lock()
	was := s.instance
	s.instance = nil
	s.mu.Unlock()
	if was != nil {
		was.Kill()
	}
}

// startLimit is how long Cloud Run waits until an instance listens.
const startLimit = 4 * time.Minute

// run starts a process as Cloud Run starts a container.
// https://cloud.google.com/run/docs/container-contract
func (s *Service) run(ctx context.Context) (*instance, error) {
	address, err := process.FreeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	program := exec.Command(s.function.Executable)
	program.Env = append([]string{
		"PORT=" + port, "FUNCTION_TARGET=" + s.function.EntryPoint, "K_SERVICE=" + s.function.Name,
	}, s.function.Settings...)
	program.Stdout, program.Stderr = &s.output, &s.output
	running, err := process.Start(program)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := running.Await(ctx, process.Listening(address)); err != nil {
		running.Kill()
		return nil, err
	}
	return &instance{running, address}, nil
}

// errNoInstance says that the next instance is not ready yet.
var errNoInstance = errors.New("no instance is ready")
