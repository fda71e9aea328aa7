package template_test

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// packager signs passes of the tests' server under a throwaway root.
func packager(t *testing.T) (*pkpass.Signer, *devcerts.Authority) {
	t.Helper()
	authority, err := devcerts.New(now)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := authority.PassIdentity(server.PassTypeIdentifier, server.TeamIdentifier)
	if err != nil {
		t.Fatal(err)
	}
	return pkpass.NewSigner(identity, func() time.Time { return now }), authority
}

func packageStarter(t *testing.T, signer *pkpass.Signer, name string) []byte {
	t.Helper()
	tmpl, doc := starter(t, name)
	rendering, findings := tmpl.Render(doc, server)
	if findings != nil {
		t.Fatal(findings)
	}
	data, err := pkpass.Package(rendering.Source, signer)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestStartersVerify(t *testing.T) {
	signer, authority := packager(t)
	for _, name := range starterNames {
		_, findings := pkpass.Verify(packageStarter(t, signer, name), pkpass.VerifyOptions{Roots: authority.Pool(), Now: now})
		for _, f := range findings {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestOpenSSLVerifiesStarters(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH: the independent check is left out")
	}
	signer, authority := packager(t)
	for _, name := range starterNames {
		contents, _ := pkpass.Read(packageStarter(t, signer, name))
		dir := t.TempDir()
		for file, data := range map[string][]byte{"manifest.json": contents.Manifest, "signature": contents.Signature, "root.pem": authority.RootPEM()} {
			if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		command := exec.Command(openssl, "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "signature", "-content", "manifest.json",
			"-CAfile", "root.pem", "-attime", strconv.FormatInt(now.Unix(), 10), "-out", "content")
		command.Dir = dir
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: openssl cms -verify: %v\n%s", name, err, out)
		}
	}
}

// contrast is WCAG's ratio of two colours. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(a, b color.Color) float64 {
	light, dark := luminance(a), luminance(b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

var rgb = regexp.MustCompile(`^rgb\((\d+), (\d+), (\d+)\)$`)

// passColor reads a colour of a rendered starter.
func passColor(t *testing.T, pass map[string]any, key string) color.Color {
	t.Helper()
	text, _ := pass[key].(string)
	m := rgb.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s is %q", key, text)
	}
	part := func(s string) uint8 { n, _ := strconv.Atoi(s); return uint8(n) }
	return color.RGBA{part(m[1]), part(m[2]), part(m[3]), 0xff}
}

// readable is WCAG's least contrast of text, level AA.
const readable = 4.5

func TestStartersCanBeRead(t *testing.T) {
	for _, name := range starterNames {
		rendering := renderStarter(t, name)
		for _, text := range []string{"foregroundColor", "labelColor"} {
			for _, behind := range []string{"backgroundColor", "footerBackgroundColor"} {
				if rendering.Pass[behind] == nil {
					continue
				}
				if c := contrast(passColor(t, rendering.Pass, text), passColor(t, rendering.Pass, behind)); c < readable {
					t.Errorf("%s: %s on %s has a contrast of %.1f, less than %.1f", name, text, behind, c, readable)
				}
			}
		}
	}
}

// TestStartersCanBeReadOnTheirPictures holds that nearly all of a strip's left half, where the primary field is drawn, leaves text
// readable, and all of a classic ticket's background.
func TestStartersCanBeReadOnTheirPictures(t *testing.T) {
	for _, name := range starterNames {
		rendering := renderStarter(t, name)
		for image, share := range map[string]float64{"strip.png": 0.5, "background.png": 1} {
			f, ok := rendering.Source.File(image)
			if !ok {
				continue
			}
			picture, err := png.Decode(bytes.NewReader(f.Data()))
			if err != nil {
				t.Fatal(err)
			}
			text := passColor(t, rendering.Pass, "foregroundColor")
			size, bad := picture.Bounds().Size(), 0
			width := int(share * float64(size.X))
			for y := range size.Y {
				for x := range width {
					if contrast(text, picture.At(x, y)) < readable {
						bad++
					}
				}
			}
			if bad > width*size.Y/50 {
				t.Errorf("%s: text cannot be read on %d of %d pixels of %s", name, bad, width*size.Y, image)
			}
		}
	}
}

// TestLOC3_StartersTranslated finds texts of a starter that one of its tables does not have.
func TestLOC3_StartersTranslated(t *testing.T) {
	for _, name := range starterNames {
		rendering := renderStarter(t, name)
		for _, style := range rendering.Pass {
			groups, _ := style.(map[string]any)
			for _, group := range groups {
				fields, _ := group.([]any)
				for _, f := range fields {
					content, _ := f.(map[string]any)
					texts := []any{content["label"], content["changeMessage"]}
					if key, _ := content["key"].(string); strings.HasSuffix(strings.ToLower(key), "about") {
						texts = append(texts, content["value"])
					}
					for _, text := range texts {
						for _, language := range []string{"de", "en"} {
							if s, ok := text.(string); ok && !translated(t, rendering.Source, language, s) {
								t.Errorf("%s: %q has no text in %s", name, s, language)
							}
						}
					}
				}
			}
		}
	}
}

func translated(t *testing.T, source pkpass.Source, language, text string) bool {
	t.Helper()
	_, ok := shown(t, source, language, text)
	return ok
}

func renderStarter(t *testing.T, name string) template.Rendering {
	t.Helper()
	tmpl, doc := starter(t, name)
	rendering, findings := tmpl.Render(doc, server)
	if findings != nil {
		t.Fatal(findings)
	}
	return rendering
}
