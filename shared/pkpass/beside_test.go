package pkpass_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	mathrand "math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/bench/ratio"
)

// BenchmarkBesideRSA makes packages that differ in pass.json alone, as those of one template do, beside the one RSA-2048
// signature that no package can do without.
func BenchmarkBesideRSA(b *testing.B) {
	for _, size := range []int{60, 390} {
		for _, cores := range []int{1, runtime.GOMAXPROCS(0)} {
			for _, way := range []struct {
				name string
				make func(*packaging)
			}{
				{"nothing cached", (*packaging).fromNothing},
				{"template cached", (*packaging).fromTemplate},
				{"only data changes", (*packaging).fromData},
			} {
				b.Run(fmt.Sprintf("%d kB, %d at once, %s", size, cores, way.name), func(b *testing.B) {
					p := newPackaging(b, size<<10)
					ratio.Of(b, cores, p.sign, func() { way.make(p) })
				})
			}
		}
	}
}

// BenchmarkBesideOneCore makes packages on all cores beside as many on one. With two cores, x-bare is at best 0.5, and at 0.54
// the two make 1.85 times as many as one does. What is left of that is the machine's where the signatures alone have the same
// x-bare.
func BenchmarkBesideOneCore(b *testing.B) {
	const batch = 8 // of each core
	for _, work := range []struct {
		name string
		do   func(*packaging)
	}{
		{"signatures alone", (*packaging).sign},
		{"only data changes", (*packaging).fromData},
	} {
		b.Run(work.name, func(b *testing.B) {
			p := newPackaging(b, 60<<10)
			several := func() {
				for range batch {
					work.do(p)
				}
			}
			cores := runtime.GOMAXPROCS(0)
			inTurn := func() {
				for range cores {
					several()
				}
			}
			atOnce := func() {
				var group sync.WaitGroup
				for range cores {
					group.Go(several)
				}
				group.Wait()
			}
			ratio.Of(b, 1, inTurn, atOnce)
		})
	}
}

// A packaging is what packages of one template are made of. Any number of goroutines may make some at once.
type packaging struct {
	b        *testing.B
	key      crypto.Signer
	signer   *pkpass.Signer
	template pkpass.Source
	passes   [64][]byte // texts of pass.json
	made     atomic.Int64
	archives sync.Pool // of *[]byte
}

// newPackaging has nine images of so many bytes together, and a pass.json of three thousand.
func newPackaging(b *testing.B, size int) *packaging {
	p := &packaging{
		b: b, key: issued().Key, signer: pkpass.NewSigner(testIdentity(b), clock),
		archives: sync.Pool{New: func() any { return new([]byte) }},
	}
	noise := mathrand.NewChaCha8([32]byte{})
	for _, name := range []string{"icon", "logo", "strip"} {
		for _, scale := range []string{"", "@2x", "@3x"} {
			image := make([]byte, size/9)
			noise.Read(image)
			p.template = append(p.template, pkpass.NewFile(name+scale+".png", image))
		}
	}
	for i := range p.passes {
		p.passes[i] = passJSON(fmt.Sprintf("serial-%d", i), 40)
	}
	return p
}

// sign makes a signature as a package has it, and nothing else.
func (p *packaging) sign() {
	digest := sha256.Sum256([]byte("signed attributes"))
	if _, err := p.key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		p.b.Error(err)
	}
}

// fromNothing hashes all files anew.
func (p *packaging) fromNothing() {
	template := make(pkpass.Source, len(p.template))
	for i, f := range p.template {
		template[i] = pkpass.NewFile(f.Name(), f.Data())
	}
	p.append(nil, template)
}

// fromTemplate hashes pass.json alone.
func (p *packaging) fromTemplate() { p.append(nil, p.template) }

// fromData writes to memory that was written to before.
func (p *packaging) fromData() {
	archive := p.archives.Get().(*[]byte)
	defer p.archives.Put(archive)
	*archive = p.append((*archive)[:0], p.template)
}

// append makes the next package.
func (p *packaging) append(dst []byte, template pkpass.Source) []byte {
	pass := p.passes[p.made.Add(1)%int64(len(p.passes))]
	source := append(template[:len(template):len(template)], pkpass.NewFile("pass.json", pass))
	archive, err := pkpass.AppendPackage(dst, source, p.signer)
	if err != nil {
		p.b.Error(err)
	}
	return archive
}

// TestAllocationsOfAPackage holds what the garbage collector has to do for a package to a few objects, for as long as it is
// made in memory that was there before. Two of them are of the signature alone.
func TestAllocationsOfAPackage(t *testing.T) {
	signer, source, archive := testSigner(t), smallSource(), []byte(nil)
	got := testing.AllocsPerRun(20, func() {
		var err error
		if archive, err = pkpass.AppendPackage(archive[:0], source, signer); err != nil {
			t.Error(err)
		}
	})
	if got > 60 {
		t.Errorf("%v allocations, want at most 60", got)
	}
}
