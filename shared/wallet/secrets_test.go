package wallet_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// Secrets sit in structs, pointers, maps, unexported fields and errors, and are printed with every verb there is.
func TestSecretsCannotPrint(t *testing.T) {
	const secret = "0123456789abcdef-the-secret"
	push, auth := wallet.NewPushToken(secret), wallet.NewAuthenticationToken(secret)
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(secret + secret)})
	if err != nil {
		t.Fatal(err)
	}
	type hidden struct {
		push wallet.PushToken
		auth wallet.AuthenticationToken
		keys wallet.TokenKeys
	}
	values := []any{
		push, auth, &push, &auth, keys, &keys, hidden{push, auth, keys}, &hidden{push, auth, keys},
		[]wallet.PushToken{push}, map[string]any{"token": auth}, map[wallet.PushToken]int{push: 1},
		wallet.Device{PushToken: push}, wallet.CurrentPackage{AuthenticationToken: auth},
		fmt.Errorf("push to %v: %w", push, wallet.ErrConflict),
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	text := slog.New(slog.NewTextHandler(&out, nil))
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%p"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("x", "v", v)
		text.Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if b, err := xml.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	hexed := fmt.Sprintf("%x", secret)
	for _, leak := range []string{secret, secret[:8], hexed[:16], strings.ToUpper(hexed[:16]), "48 49 50 51"} {
		if before, _, found := strings.Cut(out.String(), leak); found {
			t.Errorf("%q came out after …%s", leak, before[max(0, len(before)-100):])
		}
	}
	if push.Reveal() != secret || auth.Reveal() != secret {
		t.Error("Reveal does not return the text")
	}
}

func TestDeviceLibraryIdentifierPrintsShortened(t *testing.T) {
	id := wallet.DeviceID{PassTypeIdentifier: "pass.com.example", DeviceLibraryIdentifier: "fedcba9876543210"}
	for _, text := range []string{fmt.Sprint(id), fmt.Sprintf("%+v", id), fmt.Sprintf("%#v", id.DeviceLibraryIdentifier)} {
		if strings.Contains(text, "9876543210") {
			t.Errorf("printed %s", text)
		}
	}
}

func TestAuthenticationTokenEqual(t *testing.T) {
	a, b, zero := wallet.NewAuthenticationToken("a"), wallet.NewAuthenticationToken("b"), wallet.AuthenticationToken{}
	for _, c := range []struct {
		name string
		x, y wallet.AuthenticationToken
		want bool
	}{
		{"same", a, wallet.NewAuthenticationToken("a"), true},
		{"different", a, b, false},
		{"zero and token", zero, a, false},
		{"zero and zero", zero, zero, false},
		{"empty and empty", wallet.NewAuthenticationToken(""), wallet.NewAuthenticationToken(""), false},
	} {
		if got := c.x.Equal(c.y); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
