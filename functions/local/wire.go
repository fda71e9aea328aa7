package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// album fetches pictures like the deployed functions; of Cloud Storage there is none here.
func (s *server) album() *document.Album {
	return document.NewAlbum(s.backend.bucket, func(_ context.Context, bucket, name string) ([]byte, error) {
		return nil, fmt.Errorf("%w: local mode has no object %s in a bucket %s: give an https address", wallet.ErrInvalid, name, bucket)
	})
}

// keptPicture reports that the album has a picture, or would not fetch it: only https addresses are.
func (s *server) keptPicture(ctx context.Context, source string) (bool, error) {
	if !strings.HasPrefix(source, "https://") {
		return true, nil
	}
	album := document.Album{Bucket: s.backend.bucket, Fetch: func(context.Context, string) ([]byte, error) { return nil, errNotFetched }}
	_, err := album.Picture(ctx, source)
	if errors.Is(err, errNotFetched) {
		return false, nil
	}
	return err == nil, err
}

// errNotFetched is what becomes of a picture that is not kept yet.
var errNotFetched = errors.New("not fetched")

// wire builds each function from the parts at hand and connects it to what triggers it in the cloud.
func (s *server) wire() (http.Handler, error) {
	templates, err := s.openTemplates()
	if err != nil {
		return nil, err
	}
	s.tap()
	s.driver = newDriver(&campaign.Runner{
		Store: s.backend.store, Templates: templates, Events: s.backend.events, Log: s.options.log, Now: s.options.now,
	}, s.backend.store)
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
	subscribe(wallet.TopicPassPackaged, "PushUpdate", push.New(s.backend.store, s.backend.events, tappedAPNs{s.apns.topics, s.hub.Publish}, s.options.log, s.options.now))
	subscribe(wallet.TopicPassPersonalized, "the business", s.business)
	announce := changed.New(s.backend.events)
	s.backend.onWrite(func(ctx context.Context, id wallet.PassID) error {
		s.hub.Publish(console.Event{Kind: console.KindPass, PassID: id}) // whoever wrote it
		return announce(ctx, id)
	})

	page := s.console(renderer)
	helpers := s.helpers(page.Handle(webservice.NewIssuerRouter(slog.New(quiet{s.options.log.Handler()}))))
	devicesLog := slog.New(tappedLog{s.options.log.Handler(), s.devices})
	byFirst := map[string]http.Handler{
		"v1": web.New(web.Parts{
			Store: s.backend.store, Bucket: s.backend.bucket, Events: s.backend.events,
			Keys: s.backend.keys, Log: devicesLog, Now: s.options.now, Personalize: s.desk().Handle,
		}),
		"issuer": issue.API{Store: s.backend.store, Writer: writer, Links: links}.Routes(s.options.log),
		"install": webservice.NewPageRouter(s.options.log).Refusing(install.Refuse).
			Handle(webservice.InstallPass, install.New(s.backend.store, s.backend.bucket, links)),
		"local": helpers,
	}
	index := webservice.NewRouter(s.options.log).Handle(webservice.Route{Method: http.MethodGet, Path: "/"}, page.Page)
	return guarded(byFirstSegment(byFirst, index)), nil
}

// tap has the console told of whatever happens.
func (s *server) tap() {
	s.hub = new(console.Hub)
	s.devices = &deviceLog{publish: s.hub.Publish}
	s.backend.store = tappedStore{s.backend.store, s.hub.Publish, func() { s.driver.wake() }}
}

// console is the page and what it asks.
func (s *server) console(renderer document.Renderer) *console.Console {
	passTypes := slices.Sorted(slices.Values(s.material.passTypes()))
	return &console.Console{
		Store: s.backend.store, Bucket: s.backend.bucket, Renderer: renderer, Hub: s.hub, Now: s.options.now,
		About: console.About{
			URL: s.url, PassTypes: passTypes, Backend: s.options.backend, Fake: s.apns.fake != nil,
			Throwaway: s.options.certs == "", Templates: s.options.templates,
		},
		Sample: template.Sample,
		Kept:   s.keptPicture,
		Broken: s.broken,
	}
}

// sweeper has no Scheduler here: whoever posts to /local/sweep is it.
func (s *server) sweeper() *sweep.Sweeper {
	return &sweep.Sweeper{
		Store: s.backend.store, Bucket: s.backend.bucket, Events: s.backend.events, Expiries: s.material.expiries,
		Log: s.options.log, Now: s.options.now,
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
