// Package web is Apple's whole web service behind one address, for teams without a domain and for local mode. It mounts
// the very handlers that are deployed one by one; no other deployed function imports any.
package web

import (
	"log/slog"
	"net/http"
	"time"

	"walletpasses.example/server/functions/devicelog"
	"walletpasses.example/server/functions/latest"
	"walletpasses.example/server/functions/register"
	"walletpasses.example/server/functions/unregister"
	"walletpasses.example/server/functions/updatable"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Store keeps packages and devices.
type Store interface {
	webservice.Packages
	register.Store
	devicelog.Campaigns
}

// Parts is what the endpoints are made of.
type Parts struct {
	Store  Store
	Bucket webservice.Bucket
	Events register.Events
	Keys   wallet.TokenKeys
	Log    *slog.Logger
	Now    func() time.Time
	// Personalize answers sign-ups; nil where there is no certificate to sign with, and so no such endpoint.
	Personalize webservice.HandlerFunc
}

// New mounts every endpoint that devices call.
func New(p Parts) http.Handler {
	auth := webservice.Authenticator{Keys: p.Keys, Packages: p.Store}
	router := webservice.NewRouter(p.Log).
		Handle(webservice.RegisterDevice, register.New(p.Store, p.Events, auth, p.Now)).
		Handle(webservice.UnregisterDevice, unregister.New(p.Store, auth)).
		Handle(webservice.ListUpdatablePasses, updatable.New(p.Store, p.Log)).
		Handle(webservice.LatestPass, latest.New(p.Store, p.Bucket, auth)).
		Handle(webservice.LogMessages, devicelog.New(p.Store, p.Log, p.Now))
	if p.Personalize != nil {
		router.Handle(webservice.PersonalizePass, p.Personalize)
	}
	return router
}
