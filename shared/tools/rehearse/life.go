package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

// life plays the life of an update over each road, and then sees to it that no function was left out.
func (s *stage) life(ctx context.Context) error {
	p := s.phones.add(s.phoneDid)
	for _, r := range s.roads() {
		if err := s.update(ctx, p, r); err != nil {
			return fmt.Errorf("the life of an update by %s: %w", r.name, err)
		}
	}
	if err := s.reachTheRest(ctx, p); err != nil {
		return err
	}
	return errors.Join(s.everyFunctionAnswers(ctx), s.phones.err())
}

// update issues a pass, installs it, and changes it: from the business app to the phone's screen.
func (s *stage) update(ctx context.Context, p *phone, r road) error {
	id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "life-by-" + r.name}
	if err := r.create(ctx, id, 80); err != nil {
		return err
	}
	s.say.step("issued", "%s by %s, with 80 points", id.SerialNumber, r.name)
	link, err := s.installLink(ctx, id)
	if err != nil {
		return err
	}
	if err := p.install(ctx, link); err != nil {
		return err
	}
	if err := s.delivered(ctx, p, id, 80); err != nil {
		return err
	}
	began := time.Now()
	if err := r.update(ctx, id, 120); err != nil {
		return err
	}
	s.say.step("changed", "%s by %s, to 120 points", id.SerialNumber, r.name)
	if err := until(ctx, func() string { return p.lacks(id, 120) }); err != nil {
		return err
	}
	took := time.Since(began)
	if err := s.delivered(ctx, p, id, 120); err != nil {
		return err
	}
	s.say.step("delivered", "%s shows 120 points, %d ms after the change", id.SerialNumber, took.Milliseconds())
	return nil
}

// delivered waits until the phone shows the points, and has presented the tag that says so.
func (s *stage) delivered(ctx context.Context, p *phone, id wallet.PassID, points int) error {
	return until(ctx, func() string {
		if lack := p.lacks(id, points); lack != "" {
			return lack
		}
		if err := p.Update(ctx, id.PassTypeIdentifier); err != nil {
			return err.Error()
		}
		v, err := s.view(ctx, id)
		if err != nil {
			return err.Error()
		}
		if v.Devices.Registered != 1 || v.Devices.Delivered != 1 {
			return fmt.Sprintf("%d devices registered and %d delivered, not 1 and 1", v.Devices.Registered, v.Devices.Delivered)
		}
		return ""
	})
}

func (s *stage) phoneDid(e iphone.Event) {
	switch e.Kind {
	case "notice":
		s.say.step("", "the lock screen says: %s", e.Detail)
	case "registered", "added", "fetched", "pushed":
		s.say.step(e.Kind, "%s %s", e.Pass.SerialNumber, strings.TrimSpace(e.Detail))
	}
}

// reachTheRest sends the requests that the life of an update has no need of.
func (s *stage) reachTheRest(ctx context.Context, p *phone) error {
	id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "life-by-request"}
	if err := p.Remove(ctx, id); err != nil {
		return err
	}
	v, err := s.view(ctx, id)
	if err != nil {
		return err
	}
	if v.Devices.Registered != 0 {
		return fmt.Errorf("%s was removed from the phone and has %d devices", id.SerialNumber, v.Devices.Registered)
	}
	for _, request := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPost, "/v1/log", `{"logs":["a phone has something to say"]}`, http.StatusOK},
		{http.MethodPost, "/v1/passes/" + id.String() + "/personalize", "{}", http.StatusUnauthorized}, // without the pass's token
		{http.MethodPut, "/v1/log", "", http.StatusMethodNotAllowed},                                   // no route has the method: web answers
		{http.MethodGet, "/nowhere", "", http.StatusNotFound},
	} {
		err := persist(ctx, func() error {
			status, _, err := call(ctx, p.Client, request.method, "https://"+domain+request.path, "application/json", []byte(request.body))
			if err != nil || status != request.status {
				return fmt.Errorf("%s %s: status %d and not %d (%v)", request.method, request.path, status, request.status, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// everyFunctionAnswers waits until each has answered at least one request: that of the scheduler comes by itself.
func (s *stage) everyFunctionAnswers(ctx context.Context) error {
	err := until(ctx, func() string {
		for _, name := range s.names() {
			if s.services[name].Answered() == 0 {
				return name + " was never called"
			}
		}
		return ""
	})
	var counts []string
	for _, name := range s.names() {
		counts = append(counts, fmt.Sprintf("%s %d", name, s.services[name].Answered()))
	}
	s.say.step("answered", "%s", strings.Join(counts, ", "))
	return err
}
