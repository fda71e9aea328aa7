package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/gcp/local"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const (
	passType = "pass.com.example.loyalty"
	team     = "TEAMID1234"
	keyID    = "APNSKEY123"
	address  = "https://passes.example.com"
)

// A project is what functions find in the cloud, on emulators, and what they are given.
type project struct {
	cloud    *local.Project
	store    *store.Store
	apns     *apnstest.Server
	apnsKey  *ecdsa.PrivateKey // with which pushes are signed
	keys     wallet.TokenKeys
	roots    *x509.CertPool    // below which the passes are signed
	settings map[string]string // the value of each setting, whichever function it is given to
	hosts    []string          // the emulators, as Google's clients find them
}

// newProject makes an empty project of its own.
func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{}
	for variable, host := range map[string]func(emulator.T) string{
		"FIRESTORE_EMULATOR_HOST": emulator.Firestore, "PUBSUB_EMULATOR_HOST": emulator.PubSub, "STORAGE_EMULATOR_HOST": emulator.Storage,
	} {
		address := host(t)
		t.Setenv(variable, address)
		p.hosts = append(p.hosts, variable+"="+address)
	}
	id := "test-" + strings.ToLower(rand.Text()[:16])
	var err error
	p.cloud, err = local.Open(t.Context(), id, id, wallet.TopicPassChanged, wallet.TopicPassPackaged, wallet.TopicPassPersonalized)
	check(t, err)
	t.Cleanup(func() { check(t, p.cloud.Close()) })
	for _, topic := range []string{wallet.TopicPassChanged, wallet.TopicPassPackaged, wallet.TopicPassPersonalized} {
		check(t, p.cloud.Subscribe(t.Context(), topic))
	}
	p.store, err = store.Open(t.Context(), id, "(default)")
	check(t, err)
	t.Cleanup(func() { check(t, p.store.Close()) })

	p.makeSettings(t, id)
	p.startAPNs(t)
	return p
}

// makeSettings gives each setting a value, and makes what the settings lead to.
func (p *project) makeSettings(t testing.TB, id string) {
	t.Helper()
	secrets := t.TempDir()
	p.settings = map[string]string{
		"GOOGLE_CLOUD_PROJECT":    id,
		"FIRESTORE_DATABASE":      "(default)",
		"PACKAGES_BUCKET":         id,
		"TEMPLATES_BUCKET":        id,
		"TOPIC_PASS_CHANGED":      wallet.TopicPassChanged,
		"TOPIC_PASS_PACKAGED":     wallet.TopicPassPackaged,
		"TOPIC_PASS_PERSONALIZED": wallet.TopicPassPersonalized,
		"WEB_SERVICE_URL":         address,
		"INSTALL_URL":             address,
		"TOKEN_KEYS_DIR":          filepath.Join(secrets, "token-keys"),
		"CERTIFICATES_DIR":        filepath.Join(secrets, "certificates"),
		"APNS_KEY_FILE":           filepath.Join(secrets, "apns-key", "key.p8"),
		"APNS_KEY_ID":             keyID,
		"APNS_TEAM_ID":            team,
	}
	p.makeTokenKey(t)
	p.makeCertificate(t)
	p.makeAPNsKey(t)
}

func (p *project) makeTokenKey(t testing.TB) {
	t.Helper()
	key := rand.Text() + rand.Text()
	writeTo(t, filepath.Join(p.settings["TOKEN_KEYS_DIR"], "1"), key)
	var err error
	p.keys, err = wallet.NewTokenKeys(1, map[int][]byte{1: []byte(key)})
	check(t, err)
}

func (p *project) makeCertificate(t testing.TB) {
	t.Helper()
	authority, err := devcerts.New(time.Now())
	check(t, err)
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
	check(t, err)
	text, err := pass.PEM()
	check(t, err)
	writeTo(t, filepath.Join(p.settings["CERTIFICATES_DIR"], passType+".pem"), string(text))
	p.roots = authority.Pool()
}

func (p *project) makeAPNsKey(t testing.TB) {
	t.Helper()
	var err error
	p.apnsKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(p.apnsKey)
	check(t, err)
	writeTo(t, p.settings["APNS_KEY_FILE"], string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func (p *project) startAPNs(t *testing.T) {
	t.Helper()
	var err error
	p.apns, err = apnstest.Start(apnstest.Options{
		ProviderKeys: map[string]apnstest.ProviderKey{keyID: {TeamID: team, Public: &p.apnsKey.PublicKey}}, Topics: []string{passType},
	})
	check(t, err)
	t.Cleanup(p.apns.Close)
	p.settings["APNS_URL"] = p.apns.URL()
}

// message waits for the next message of a topic.
func (p *project) message(t *testing.T, topic string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
	defer cancel()
	messages := make(chan []byte, 1)
	check(t, p.cloud.Receive(ctx, topic, func(_ context.Context, message []byte) error {
		select {
		case messages <- message:
			cancel()
			return nil
		default:
			return errors.New("one at a time")
		}
	}))
	select {
	case message := <-messages:
		return message
	default:
		t.Fatalf("no message on %s", topic)
		panic("unreachable")
	}
}

// authorization is the header that a device sends for a pass.
func (p *project) authorization(t *testing.T, id wallet.PassID) string {
	t.Helper()
	token, err := p.keys.AuthenticationToken(1, id)
	check(t, err)
	return "ApplePass " + token.Reveal()
}
