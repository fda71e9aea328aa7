package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"time"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/tools/iphone"
)

// A server is all functions in one process.
type server struct {
	options  options
	url      string
	passType string // the first it signs for
	failed   chan error

	material material
	backend  backend
	apns     apnsSide
	phone    *iphone.Phone
	folder   *folder // nil without -templates
	hub      *console.Hub
	devices  *deviceLog
	driver   *driver

	// what runs, in the order in which it is closed
	closers []func()
}

// start listens, wires every function, and returns once requests are answered.
func start(ctx context.Context, o options) (_ *server, err error) {
	s := &server{options: o, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return nil, fmt.Errorf("-addr %s: %w; give host:port, with port 0 for a free one", o.addr, err)
	}
	s.onClose(func() { listener.Close() })
	s.url = "http://" + reachable(listener.Addr())
	if s.material, err = openMaterial(o.certs, o.now()); err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	s.passType = slices.Min(s.material.passTypes())
	if s.backend, err = openBackend(ctx, o); err != nil {
		return nil, fmt.Errorf("backend %s: %w", o.backend, err)
	}
	s.onClose(s.backend.close)
	onPush := s.givePhone()
	if s.apns, err = openAPNs(o, s.material, onPush); err != nil {
		return nil, fmt.Errorf("APNs: %w", err)
	}
	s.onClose(s.apns.close)
	handler, err := s.wire()
	if err != nil {
		return nil, err
	}
	s.serve(listener, handler)
	s.background(s.driver.run)
	if s.folder != nil {
		s.background(s.followTemplates)
	}
	return s, nil
}

// background runs f until the server is closed.
func (s *server) background(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	s.onClose(func() { cancel(); <-done })
}

// serve answers requests until the server is closed.
func (s *server) serve(listener net.Listener, handler http.Handler) {
	var early newcomers
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ConnState: early.follow}
	web.RegisterOnShutdown(s.hub.Close) // whoever reads events would stay
	web.RegisterOnShutdown(early.turnAway)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.onClose(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if web.Shutdown(ctx) != nil {
			web.Close()
		}
		<-done
	})
}

func (s *server) onClose(f func()) { s.closers = append(s.closers, f) }

// close stops everything, the last opened first.
func (s *server) close() {
	for _, f := range slices.Backward(s.closers) {
		f()
	}
	s.closers = nil
}

// reachable turns the address listened on into one that a phone on this machine can call.
func reachable(addr net.Addr) string {
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// exists reports whether a flag's directory is there, with an error that names the flag.
func exists(flag, dir string) error {
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("-%s: %w", flag, err)
	} else if !info.IsDir() {
		return fmt.Errorf("-%s: %s is not a directory", flag, path.Clean(dir))
	}
	return nil
}
