package main

import (
	"fmt"
	"net/http"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// newHTTPClient is what the simulated iPhone calls with; like a device, it does not follow redirects of the web service.
func newHTTPClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// helpers serves what exists on a laptop only, under /local/: the history of the fake APNs, the throwaway root, the
// simulated iPhone, what its user has signed up with, a way to publish, what Cloud Scheduler calls, and what devices complained
// about.
func (s *server) helpers(router *webservice.Router) http.Handler {
	route := func(method, path string) webservice.Route { return webservice.Route{Method: method, Path: path} }
	return router.
		Handle(route(http.MethodGet, "/local/pushes"), s.pushes).
		Handle(route(http.MethodGet, "/local/certs/ca.pem"), s.root).
		Handle(route(http.MethodGet, "/local/iphone"), s.showPhone).
		Handle(route(http.MethodPost, "/local/iphone"), s.addToPhone).
		Handle(route(http.MethodGet, "/local/iphone/screen"), s.showScreen).
		Handle(route(http.MethodPost, "/local/iphone/power"), s.switchPhone).
		Handle(route(http.MethodPost, "/local/iphone/update"), s.updatePhone).
		Handle(route(http.MethodGet, "/local/iphone/{passTypeIdentifier}/{serialNumber}/drawn"), s.drawOnPhone).
		Handle(route(http.MethodDelete, "/local/iphone/{passTypeIdentifier}/{serialNumber}"), s.removeFromPhone).
		Handle(route(http.MethodPost, "/local/iphone/{passTypeIdentifier}/{serialNumber}/personalize"), s.personalizeOnPhone).
		Handle(route(http.MethodGet, "/local/personalizations/{passTypeIdentifier}/{serialNumber}"), s.showPersonalization).
		Handle(route(http.MethodPost, "/local/topics/{topic}"), s.publish).
		Handle(route(http.MethodPost, "/local/sweep"), s.sweeper().Handle).
		Handle(route(http.MethodPost, "/local/campaigns"), s.driver.runner.Handle).
		Handle(route(http.MethodGet, "/local/devicelog"), s.showDeviceLog)
}

// pushes shows what the fake APNs received, newest last.
func (s *server) pushes(w http.ResponseWriter, _ *http.Request) error {
	if s.apns.fake == nil {
		return fmt.Errorf("%w: pushes go to %s (-apns), which keeps its own history", wallet.ErrNotFound, s.options.apns)
	}
	return webservice.WriteJSON(w, http.StatusOK, append([]apnstest.Push{}, s.apns.fake.Pushes()...))
}

// root gives the throwaway root, to verify signatures with.
func (s *server) root(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, err := w.Write(s.material.throwaway.RootPEM())
	return err
}

// publish puts the body on one of the pipeline's topics, as gcloud pubsub topics publish would.
func (s *server) publish(w http.ResponseWriter, r *http.Request) error {
	message, err := webservice.ReadBody(r, 10<<20)
	if err != nil {
		return err
	}
	switch topic := r.PathValue("topic"); topic {
	case wallet.TopicPassUpdates, wallet.TopicPassChanged, wallet.TopicPassPackaged:
		if err := s.backend.publish(r.Context(), topic, message); err != nil {
			return err
		}
		return webservice.WriteJSON(w, http.StatusAccepted, map[string]string{
			"topic": topic, "note": "taken, as Pub/Sub takes anything; what cannot be used is in the log, and in the pass's timeline",
		})
	default:
		return fmt.Errorf("%w: topic %q; there are %s, %s and %s", wallet.ErrNotFound, topic,
			wallet.TopicPassUpdates, wallet.TopicPassChanged, wallet.TopicPassPackaged)
	}
}
