package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A push reaches the phone that has the token, whoever comes first: the push or the end of the registration.
func TestFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(&stage{})
		defer f.switchOff()
		p := f.add(nil)
		given := p.PushToken()
		if found, err := f.find(given); found != p || err != nil {
			t.Errorf("at its token: %v, %v", found, err)
		}
		if err := p.RenewPushToken(t.Context()); err != nil {
			t.Fatal(err)
		}
		go func() { time.Sleep(time.Second); f.assign(p) }()
		if found, err := f.find(p.PushToken()); found != p || err != nil {
			t.Errorf("at a token that is just being registered: %v, %v", found, err)
		}
		if found, err := f.find(given); found != nil || err != nil {
			t.Errorf("at the token that it gave up: %v, %v", found, err)
		}
		if _, err := f.find("0123456789abcdef"); err == nil || !strings.Contains(err.Error(), "01234567…, which is no phone's token") {
			t.Errorf("at nobody's: %v", err)
		}
	})
}
