package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// showPhone lists the passes in the simulated iPhone.
func (s *server) showPhone(w http.ResponseWriter, _ *http.Request) error {
	return webservice.WriteJSON(w, http.StatusOK, s.phone.Passes())
}

// addToPhone opens the install link in the body on the simulated iPhone.
func (s *server) addToPhone(w http.ResponseWriter, r *http.Request) error {
	link, err := webservice.ReadBody(r, 8<<10)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(link), s.url+"/install/") {
		return fmt.Errorf("%w: give an installURL of this server, %s/install/…", wallet.ErrInvalid, s.url)
	}
	id, err := s.phone.Install(r.Context(), string(link))
	if err != nil {
		return fmt.Errorf("%w: %v", wallet.ErrInvalid, err)
	}
	return webservice.WriteJSON(w, http.StatusCreated, id)
}

// removeFromPhone deletes a pass from the simulated iPhone, as its user would.
func (s *server) removeFromPhone(w http.ResponseWriter, r *http.Request) error {
	if err := s.phone.Remove(r.Context(), webservice.PassID(r)); err != nil {
		return err
	}
	return webservice.WriteJSON(w, http.StatusOK, webservice.PassID(r))
}

// screenView is what the console shows of the phone.
type screenView struct {
	On      bool        `json:"on"`
	Waiting []string    `json:"waiting"` // topics of the pushes that APNs keeps for it
	Passes  []shownPass `json:"passes"`
	Events  []eventView `json:"events"` // newest last
}

// A shownPass is a pass in the phone, and what tells its package from the one before it.
type shownPass struct {
	iphone.Held
	Digest string `json:"digest"`
}

type eventView struct {
	Time time.Time `json:"time"`
	Kind string    `json:"kind"`
	wallet.PassID
	Detail string `json:"detail,omitempty"`
}

// showScreen shows the phone as one sees it who holds it in their hands.
func (s *server) showScreen(w http.ResponseWriter, _ *http.Request) error {
	v := screenView{On: s.phone.On(), Waiting: append([]string{}, s.phone.Waiting()...), Passes: []shownPass{}, Events: []eventView{}}
	for _, held := range s.phone.Passes() {
		v.Passes = append(v.Passes, shownPass{held, fmt.Sprintf("%.16x", sha256.Sum256(s.phone.Package(held.PassID)))})
	}
	for _, e := range s.phone.History() {
		v.Events = append(v.Events, eventView{e.Time, e.Kind, e.Pass, strings.TrimSpace(e.Detail)})
	}
	return webservice.WriteJSON(w, http.StatusOK, v)
}

// drawOnPhone draws a pass as the phone holds it.
func (s *server) drawOnPhone(w http.ResponseWriter, r *http.Request) error {
	id := webservice.PassID(r)
	data := s.phone.Package(id)
	if data == nil {
		return fmt.Errorf("%w: the phone does not hold %v", wallet.ErrNotFound, id)
	}
	contents, findings := pkpass.Read(data)
	if contents == nil {
		return findings
	}
	return console.WriteDrawn(w, r, contents.Source, s.options.now())
}

// switchPhone switches the phone on or off, as {"on": …} in the body says. What it does when it comes back, it does although
// nobody waits for the answer.
func (s *server) switchPhone(w http.ResponseWriter, r *http.Request) error {
	body, err := webservice.ReadBody(r, 1<<10)
	if err != nil {
		return err
	}
	var wanted struct{ On *bool }
	if json.Unmarshal(body, &wanted) != nil || wanted.On == nil {
		return fmt.Errorf(`%w: give {"on": true} or {"on": false}`, wallet.ErrInvalid)
	}
	if !*wanted.On {
		s.phone.SwitchOff()
	} else if err := s.phone.SwitchOn(context.WithoutCancel(r.Context())); err != nil {
		return fmt.Errorf("%w: %v", wallet.ErrInvalid, err)
	}
	return s.showScreen(w, r)
}

// updatePhone has the phone ask what changed, as its user does by pulling a pass down.
func (s *server) updatePhone(w http.ResponseWriter, r *http.Request) error {
	asked := make(map[string]bool)
	var errs []error
	for _, held := range s.phone.Passes() {
		if passType := held.PassTypeIdentifier; !asked[passType] {
			asked[passType] = true
			errs = append(errs, s.phone.Update(r.Context(), passType))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %v", wallet.ErrInvalid, err)
	}
	return s.showScreen(w, r)
}
