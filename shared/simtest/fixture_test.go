package simtest

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const (
	passType = "pass.com.example.loyalty"
	team     = "TEAMID1234"
	address  = "https://passes.example.com"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A fixture is what all worlds have in common and none changes.
type fixture struct {
	signer    *pkpass.Signer
	templates template.Templates
	keys      wallet.TokenKeys
	links     wallet.InstallLinks
	tokens    map[string]string // the Authorization of each pass
	first     map[string]firstPackage
}

// A firstPackage is the package of a card with one point, made once: many worlds begin with it.
type firstPackage struct {
	record wallet.CurrentPackage // without the revisions, which belong to a world
	data   []byte
}

// A rememberingKey signs each digest once. Its signatures are real, and the worlds sign the same few contents again and again:
// making each anew would be most of what a schedule costs. The signing time is always noon, for the same reason.
type rememberingKey struct {
	*rsa.PrivateKey
	made sync.Map // by digest
}

func (k *rememberingKey) Sign(source io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if signature, ok := k.made.Load(string(digest)); ok {
		return signature.([]byte), nil
	}
	signature, err := k.PrivateKey.Sign(source, digest, opts)
	k.made.Store(string(digest), signature)
	return signature, err
}

var fixed = sync.OnceValues(newFixture)

func newFixture() (*fixture, error) {
	signer, err := newSigner()
	if err != nil {
		return nil, err
	}
	var icon bytes.Buffer
	if err := png.Encode(&icon, image.NewGray(image.Rect(0, 0, 38, 38))); err != nil {
		return nil, err
	}
	f := &fixture{signer: signer, tokens: make(map[string]string), first: make(map[string]firstPackage)}
	f.templates, err = template.LoadAll(fstest.MapFS{
		"card.pass/pass.json": {Data: []byte(cardJSON)},
		"card.pass/icon.png":  {Data: icon.Bytes()},
	})
	if err != nil {
		return nil, err
	}
	if f.keys, err = wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))}); err != nil {
		return nil, err
	}
	f.links = wallet.InstallLinks{Keys: f.keys, BaseURL: address, Now: func() time.Time { return noon }}
	for _, serial := range serials {
		if f.first[serial], err = f.makeFirst(serial); err != nil {
			return nil, err
		}
		token, err := f.keys.AuthenticationToken(1, passID(serial))
		if err != nil {
			return nil, err
		}
		f.tokens[serial] = "ApplePass " + token.Reveal()
	}
	return f, nil
}

func newSigner() (*pkpass.Signer, error) {
	authority, err := devcerts.New(noon.Add(-24 * time.Hour))
	if err != nil {
		return nil, err
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	pass, err := authority.IssuePass(devcerts.PassRequest{
		PassTypeIdentifier: passType, TeamIdentifier: team, Key: &rememberingKey{PrivateKey: private},
	})
	if err != nil {
		return nil, err
	}
	identity, err := pass.Identity()
	return pkpass.NewSigner(identity, func() time.Time { return noon }), err
}

func (f *fixture) renderer(templates template.Set) document.Renderer {
	return document.Renderer{Templates: templates, Teams: map[string]string{passType: team}, Keys: f.keys, WebServiceURL: address}
}

func (f *fixture) makeFirst(serial string) (firstPackage, error) {
	id := passID(serial)
	rendered, findings, err := f.renderer(f.templates).Render(context.Background(), content{points: 1}.fields(), wallet.CurrentPackage{ID: id})
	if err != nil || findings.Err() != nil {
		return firstPackage{}, fmt.Errorf("the first package of %s: %v %v", serial, err, findings)
	}
	data, err := pkpass.Package(rendered.Source, f.signer)
	record := wallet.CurrentPackage{ID: id}.Next(noon)
	record.ContentHash = pkpass.ContentHash(rendered.Source.Manifest())
	record.Object = record.ObjectName(record.Version, record.ContentHash[:32])
	record.Template, record.TemplateRevision = rendered.Template, rendered.TemplateRevision
	record.TokenKeyVersion, record.Style = 1, rendered.Style
	return firstPackage{record, data}, err
}

// cardJSON shows the points twice, so that half of one version and half of another would show.
const cardJSON = `{
	"description": "A card", "organizationName": "Corner Roastery",
	"generic": {"primaryFields": [{"key": "points", "value": "{{points}}"}], "backFields": [{"key": "again", "value": "{{points}}"}]}
}`

// content is what a card shows.
type content struct {
	points int64
	voided bool
}

func (c content) String() string {
	if c.voided {
		return fmt.Sprintf("%d points, voided", c.points)
	}
	return fmt.Sprintf("%d points", c.points)
}

// fields is the content as a business writes it.
func (c content) fields() map[string]any {
	fields := map[string]any{"template": "card", "data": map[string]any{"points": c.points}}
	if c.voided {
		fields["voided"] = true
	}
	return fields
}

// read is what a phone makes of a package. A package that is not whole, or not of one piece, is an error.
func read(data []byte) (content, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return content{}, err
	}
	file, err := archive.Open("pass.json")
	if err != nil {
		return content{}, err
	}
	defer file.Close()
	type fields []struct{ Value int64 }
	var pass struct {
		Voided  bool
		Generic struct{ PrimaryFields, BackFields fields }
	}
	if err := json.NewDecoder(file).Decode(&pass); err != nil {
		return content{}, err
	}
	first, second := pass.Generic.PrimaryFields[0].Value, pass.Generic.BackFields[0].Value
	if first != second {
		return content{}, fmt.Errorf("half of version %d and half of version %d", first, second)
	}
	return content{first, pass.Voided}, nil
}

// serials are the passes that there can be.
var serials = []string{"a", "b", "c"}

func passID(serial string) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
}
