package probe

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const (
	loyalty = "pass.com.example.loyalty"
	tickets = "pass.com.example.tickets"
	team    = "TEAMID1234"
	address = "https://passes.example.com"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// material is what all worlds have in common and none changes.
type material struct {
	identities map[string]pkpass.Identity // by pass type
	keyPEM     string                     // of the first identity, certificate and key
	templates  template.Set
}

// made is made once: an RSA key takes a while.
var made = sync.OnceValues(func() (material, error) {
	m := material{identities: make(map[string]pkpass.Identity)}
	authority, err := devcerts.New(noon.Add(-24 * time.Hour))
	if err != nil {
		return m, err
	}
	for _, passType := range []string{loyalty, tickets} {
		pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
		if err != nil {
			return m, err
		}
		if m.identities[passType], err = pass.Identity(); err != nil {
			return m, err
		}
		text, err := pass.PEM()
		if err != nil {
			return m, err
		}
		m.keyPEM += string(text)
	}
	builtin, err := template.Builtin()
	if err != nil {
		return m, err
	}
	own, err := ownTemplates()
	m.templates = template.Sets{builtin, own}
	return m, err
})

func (m material) teams() map[string]string {
	return map[string]string{loyalty: team, tickets: team}
}

func (m material) expiries() (map[string]time.Time, error) {
	expiries := make(map[string]time.Time)
	for passType, identity := range m.identities {
		expiries[passType] = identity.NotAfter()
	}
	return expiries, nil
}

// Two small templates: card says what it is told, join has a sign-up form.
const (
	cardJSON = `{"organizationName":"Corner Roastery","description":"Card","storeCard":{"primaryFields":[{"key":"text","value":"{{text}}"}]}}`
	joinJSON = `{"organizationName":"Corner Roastery","description":"Card","nfc":{"message":"{{text}}","encryptionPublicKey":` +
		`"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADmr5Et1OEdcxOeBHPHWiE2J4kuLYJVaIGyBa7M0jBjOQ="},` +
		`"storeCard":{"primaryFields":[{"key":"text","value":"{{text}}"}]}}`
	formJSON = `{"description":"Join the Bean Club","requiredPersonalizationFields":` +
		`["PKPassPersonalizationFieldName","PKPassPersonalizationFieldEmailAddress","PKPassPersonalizationFieldPostalCode","PKPassPersonalizationFieldPhoneNumber"]}`
)

func ownTemplates() (template.Templates, error) {
	var icon bytes.Buffer
	if err := png.Encode(&icon, image.NewGray(image.Rect(0, 0, 38, 38))); err != nil {
		return nil, err
	}
	return template.LoadAll(fstest.MapFS{
		"card.pass/pass.json":               {Data: []byte(cardJSON)},
		"card.pass/icon.png":                {Data: icon.Bytes()},
		"join.pass/pass.json":               {Data: []byte(joinJSON)},
		"join.pass/icon.png":                {Data: icon.Bytes()},
		"join.pass/personalization.json":    {Data: []byte(formJSON)},
		"join.pass/personalizationLogo.png": {Data: icon.Bytes()},
	})
}

// card is the document of a pass that says a text.
func card(text string) map[string]any {
	return map[string]any{"template": "card", "data": map[string]any{"text": text}}
}

// The keys of the authorization probes. The third was taken away; its tokens are nobody's any more.
var (
	liveKeys = map[int][]byte{1: []byte(strings.Repeat("o", 32)), 2: []byte(strings.Repeat("n", 32))}
	allKeys  = map[int][]byte{1: liveKeys[1], 2: liveKeys[2], 3: []byte(strings.Repeat("r", 32))}
)

func id(passType, serial string) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
}
