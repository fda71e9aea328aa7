package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// business stands where a business app stands: it is told of each sign-up, and would take over the record.
func (s *server) business(ctx context.Context, message []byte) error {
	var event wallet.PassPersonalized
	if err := wallet.ParseEvent(message, &event); err != nil {
		return err
	}
	signUp, err := s.backend.store.Personalization(ctx, event.PassID)
	if err != nil {
		return err
	}
	s.options.log.InfoContext(ctx, "customer signed up", "pass", event.PassID.String(), "time", signUp.Time)
	return nil
}

// personalizeOnPhone fills in the form of a pass in the simulated iPhone with the info in the body.
func (s *server) personalizeOnPhone(w http.ResponseWriter, r *http.Request) error {
	body, err := webservice.ReadBody(r, 8<<10)
	if err != nil {
		return err
	}
	var info map[string]string
	if json.Unmarshal(body, &info) != nil {
		return fmt.Errorf(`%w: give what the user fills in, for example {"emailAddress": "ada@example.com"}`, wallet.ErrInvalid)
	}
	if err := s.phone.Personalize(r.Context(), webservice.PassID(r), info); err != nil {
		return fmt.Errorf("%w: %v", wallet.ErrInvalid, err)
	}
	return webservice.WriteJSON(w, http.StatusOK, webservice.PassID(r))
}

// showPersonalization shows the record of a sign-up to whoever plays the business.
func (s *server) showPersonalization(w http.ResponseWriter, r *http.Request) error {
	signUp, err := s.backend.store.Personalization(r.Context(), webservice.PassID(r))
	if err != nil {
		return err
	}
	info := make(map[string]string)
	for name, text := range signUp.Info {
		info[name] = text.Reveal()
	}
	return webservice.WriteJSON(w, http.StatusOK, map[string]any{
		"time": signUp.Time.Format(time.RFC3339Nano), "requiredPersonalizationInfo": info,
	})
}
