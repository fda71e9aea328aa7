package main

import (
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Whatever the server may have lost of what it acknowledged to a phone is seen in its record.
func TestUnrecorded(t *testing.T) {
	now := time.Unix(1, 0)
	newest, old := wallet.NewPushToken("newest"), wallet.NewPushToken("old")
	registered := func(token wallet.PushToken, serials ...string) (d wallet.Device) {
		for _, serial := range serials {
			d.Register(serial, token, now)
		}
		d.Present(d.Tag())
		return d
	}
	changed := registered(newest, "a", "b")
	changed.Changed(wallet.CurrentPackage{ID: wallet.PassID{SerialNumber: "a"}, Version: 2, Committed: 5})
	for name, test := range map[string]struct {
		device wallet.Device
		says   string
	}{
		"all of it":                 {registered(newest, "a", "b"), ""},
		"a registration":            {registered(newest, "b"), "has registered [b], and [a b] was acknowledged"},
		"every registration":        {wallet.Device{}, "has registered [], and [a b] was acknowledged"},
		"an unregistration":         {registered(newest, "a", "b", "c"), "has registered [a b c], and [a b] was acknowledged"},
		"a push token":              {registered(old, "a", "b"), "would be pushed to at a token that it has given up"},
		"the delivery of an update": {changed, "has not presented the tag of its newest change"},
		"the delivery, and a token": {registered(old, "b", "a"), "would be pushed to at a token that it has given up"},
	} {
		if says := unrecorded(test.device, []string{"a", "b"}, newest); says != test.says {
			t.Errorf("%s: %q, want %q", name, says, test.says)
		}
	}
	if says := unrecorded(wallet.Device{}, nil, newest); says != "" {
		t.Errorf("a phone without passes: %q", says)
	}
}
