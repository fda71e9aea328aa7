package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// holders are values of every exported type that holds something secret, each full of canaries.
func (c *cage) holders() map[string]any {
	token, err := wallet.ParsePersonalizationToken(signUpCanary)
	if err != nil {
		c.t.Fatal(err)
	}
	info := wallet.PersonalInfo{"fullName": wallet.NewPersonalText(nameCanary), "emailAddress": wallet.NewPersonalText(emailCanary)}
	deviceID := wallet.DeviceID{PassTypeIdentifier: loyalty, DeviceLibraryIdentifier: deviceCanary}
	device := wallet.Device{ID: deviceID, PushToken: wallet.NewPushToken(pushTokenCanary), Passes: map[string]wallet.RegisteredPass{"secret-1": {}}}
	pkg := wallet.CurrentPackage{ID: importedPass, AuthenticationToken: wallet.NewAuthenticationToken(importedCanary)}
	key, err := apnsKey()
	if err != nil {
		c.t.Fatal(err)
	}
	client, err := apns.NewTokenClient("", key, "ABC123DEFG", team, apns.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := made()
	if err != nil {
		c.t.Fatal(err)
	}
	identity, clock := m.identities[loyalty], func() time.Time { return noon }
	signer, tokenSigner := pkpass.NewSigner(identity, clock), pkpass.NewTokenSigner(identity, clock)
	auth := webservice.Authenticator{Keys: c.keys}
	renderer := document.Renderer{Keys: c.keys}
	return map[string]any{
		"PushToken": device.PushToken, "AuthenticationToken": pkg.AuthenticationToken, "PersonalizationToken": token, "PersonalText": info["fullName"], "PersonalInfo": info,
		"Personalization": wallet.Personalization{ID: formPass, Info: info}, "PersonalizationRequest": wallet.PersonalizationRequest{Token: token, Info: info},
		"Device": device, "DeviceID": deviceID, "DeviceLibraryIdentifier": deviceID.DeviceLibraryIdentifier, "CurrentPackage": pkg,
		"PassPackaged": wallet.PassPackaged{PassID: cardPass, DeviceLibraryIdentifier: deviceCanary},
		"TokenKeys":    c.keys, "InstallLinks": c.links, "Authenticator": auth, "Renderer": renderer, "Writer": document.Writer{Renderer: renderer}, "API": issue.API{Links: c.links},
		"Desk":     &personalize.Desk{Auth: auth, Signers: map[string]*pkpass.TokenSigner{loyalty: tokenSigner}},
		"Packager": &regenerate.Packager{Renderer: renderer, Signers: map[string]*pkpass.Signer{loyalty: signer}},
		"Identity": identity, "Signer": signer, "TokenSigner": tokenSigner, "apns.Client": client,
	}
}

// Whatever is printed whole, by whichever verb, shows no canary; and no secret where it is logged or written as JSON. (A device
// identifier alone has to stand in the JSON of a message; so a record that holds one is not logged whole.)
func TestNothingPrintsItself(t *testing.T) {
	c := newCage(t)
	for name, value := range c.holders() {
		for _, printed := range []any{value, &value, []any{value}, map[string]any{"value": value}, struct{ Value any }{value}, fmt.Errorf("wrapped: %v", value)} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s", "%x", "%X"} {
				c.silent(t, name+" by "+verb, fmt.Sprintf(verb, printed))
			}
			c.silent(t, name+" by Sprint", fmt.Sprint(printed)+fmt.Sprintln(printed))
		}
		var log bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
			slog.New(handler).Info("message", "value", value, slog.Group("group", "value", value))
		}
		text, err := json.Marshal(value)
		if err != nil {
			text = []byte(err.Error())
		}
		c.silent(t, name+" in a log", log.String())
		var allowed []string
		if name == "Device" || name == "PassPackaged" || name == "DeviceID" || name == "DeviceLibraryIdentifier" {
			allowed = []string{theDevice}
		}
		c.silent(t, name+" in JSON", string(text), allowed...)
	}
}
