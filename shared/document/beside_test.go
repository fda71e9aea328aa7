package document_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/bench/ratio"
	"walletpasses.example/server/shared/tools/devcerts"
)

// BenchmarkBesideRSA renders and packages documents that differ in one number, beside the one RSA-2048 signature that no package
// can do without. The template was loaded before, and the strips of the stamp cards were drawn before.
func BenchmarkBesideRSA(b *testing.B) {
	for _, c := range []struct {
		name   string
		fields func(n int64) map[string]any
	}{
		{"points", points},
		{"stamps", func(n int64) map[string]any { return stampsCard(n % 10) }},
	} {
		b.Run(c.name+", one core", func(b *testing.B) { besideRSA(b, 1, c.fields) })
		b.Run(c.name+", all cores", func(b *testing.B) { besideRSA(b, runtime.GOMAXPROCS(0), c.fields) })
	}
}

func besideRSA(b *testing.B, cores int, fields func(n int64) map[string]any) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	authority, err := devcerts.New(now)
	check(b, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	check(b, err)
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: card.PassTypeIdentifier, TeamIdentifier: "TEAMID1234", Key: key})
	check(b, err)
	identity, err := pass.Identity()
	check(b, err)
	signer := pkpass.NewSigner(identity, func() time.Time { return now })
	r := renderer(b)
	r.Drawings = picture.NewCache(16 << 20)
	archives := sync.Pool{New: func() any { return new([]byte) }}
	var made atomic.Int64
	digest := sha256.Sum256([]byte("signed attributes"))
	sign := func() {
		if _, err := crypto.Signer(key).Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			b.Error(err)
		}
	}
	work := func() {
		rendered, findings, err := r.Render(b.Context(), fields(made.Add(1)), of)
		if err != nil || findings.Err() != nil {
			b.Error(findings, err)
			return
		}
		archive := archives.Get().(*[]byte)
		defer archives.Put(archive)
		if *archive, err = pkpass.AppendPackage((*archive)[:0], rendered.Source, signer); err != nil {
			b.Error(err)
		}
	}
	for range 10 { // draws what is drawn but once
		work()
	}
	ratio.Of(b, cores, sign, work)
}
