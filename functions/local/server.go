package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
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
	return s, nil
}

// serve answers requests until the server is closed.
func (s *server) serve(listener net.Listener, handler http.Handler) {
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
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

// album fetches pictures like the deployed functions; of Cloud Storage there is none here.
func (s *server) album() *document.Album {
	return document.NewAlbum(s.backend.bucket, func(_ context.Context, bucket, name string) ([]byte, error) {
		return nil, fmt.Errorf("%w: local mode has no object %s in a bucket %s: give an https address", wallet.ErrInvalid, name, bucket)
	})
}

// wire builds each function from the parts at hand and connects it to what triggers it in the cloud.
func (s *server) wire() (http.Handler, error) {
	templates, err := openTemplates(s.options.templates, s.options.log)
	if err != nil {
		return nil, err
	}
	renderer := document.Renderer{
		Templates: templates, Teams: s.material.teams(), Keys: s.backend.keys,
		Pictures: s.album(), Drawings: picture.NewCache(32 << 20), WebServiceURL: s.url,
	}
	writer := document.Writer{Store: s.backend.store, Renderer: renderer}
	links := wallet.InstallLinks{Keys: s.backend.keys, BaseURL: s.url, Now: s.options.now}

	packager := &regenerate.Packager{
		Store: s.backend.store, Bucket: s.backend.bucket, Events: s.backend.events,
		Renderer: renderer, Signers: s.signers(), Log: s.options.log, Now: s.options.now,
	}
	subscribe := func(topic, function string, handle wallet.MessageHandler) {
		s.backend.subscribe(topic, func(ctx context.Context, message []byte) error {
			return wallet.Acknowledge(ctx, s.options.log, function, handle(ctx, message))
		})
	}
	subscribe(wallet.TopicPassUpdates, "IngestPass", ingest.New(writer, s.backend.store, s.options.now))
	subscribe(wallet.TopicPassChanged, "RegeneratePass", packager.Handle)
	subscribe(wallet.TopicPassPackaged, "PushUpdate", push.New(s.backend.store, s.backend.events, s.apns.topics, s.options.log, s.options.now))
	subscribe(wallet.TopicPassPersonalized, "the business", s.business)
	s.backend.onWrite(changed.New(s.backend.events))

	byFirst := map[string]http.Handler{
		"v1": web.New(web.Parts{
			Store: s.backend.store, Bucket: s.backend.bucket, Events: s.backend.events,
			Keys: s.backend.keys, Log: s.options.log, Now: s.options.now, Personalize: s.desk().Handle,
		}),
		"issuer": issue.API{Store: s.backend.store, Writer: writer, Links: links}.Routes(s.options.log),
		"install": webservice.NewPageRouter(s.options.log).
			Handle(webservice.InstallPass, install.New(s.backend.store, s.backend.bucket, links)),
		"local": s.helpers(templates),
	}
	return guarded(byFirstSegment(byFirst, s.index())), nil
}

// guarded keeps web pages of other origins from using a browser on this machine to reach the server: neither by posting to
// it, nor under a name of their own that leads here.
func guarded(h http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
			http.Error(w, "local mode answers to its address and to localhost only", http.StatusMisdirectedRequest)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

// sweeper has no Scheduler here: whoever posts to /local/sweep is it.
func (s *server) sweeper() *sweep.Sweeper {
	return &sweep.Sweeper{
		Store: s.backend.store, Bucket: s.backend.bucket, Events: s.backend.events, Expiries: s.material.expiries,
		Log: s.options.log, Now: s.options.now,
	}
}

// campaigns has no Scheduler either. What is posted to /local/campaigns drives them.
func (s *server) campaigns(templates template.Set) *campaign.Runner {
	return &campaign.Runner{
		Store: s.backend.store, Templates: templates, Events: s.backend.events, Log: s.options.log, Now: s.options.now,
	}
}

// desk takes sign-ups.
func (s *server) desk() *personalize.Desk {
	d := &personalize.Desk{
		Store: s.backend.store, Events: s.backend.events, Signers: make(map[string]*pkpass.TokenSigner), Now: s.options.now,
		Auth: webservice.Authenticator{Keys: s.backend.keys, Packages: s.backend.store},
	}
	for passType, identity := range s.material.identities {
		d.Signers[passType] = pkpass.NewTokenSigner(identity, s.options.now)
	}
	return d
}

func (s *server) signers() map[string]*pkpass.Signer {
	signers := make(map[string]*pkpass.Signer)
	for passType, identity := range s.material.identities {
		signers[passType] = pkpass.NewSigner(identity, s.options.now)
	}
	return signers
}

// openTemplates has the built-in templates and those of dir, which win.
func openTemplates(dir string, log *slog.Logger) (template.Set, error) {
	builtin, err := template.Builtin()
	if err != nil || dir == "" {
		return builtin, err
	}
	if err := exists("templates", dir); err != nil {
		return nil, err
	}
	own, err := template.Dir(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		for _, f := range own[name].Warnings() {
			log.Warn("template", "name", name, "path", f.Path, "rule", f.Rule, "message", f.Message)
		}
	}
	return template.Sets{builtin, own}, nil
}

// byFirstSegment stands where a load balancer stands in the cloud. Like that one, and unlike [http.ServeMux], it never
// redirects.
func byFirstSegment(handlers map[string]http.Handler, otherwise http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
		if h, ok := handlers[first]; ok {
			h.ServeHTTP(w, r)
			return
		}
		otherwise.ServeHTTP(w, r)
	})
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
