package pkpass_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// styleSources are passes of the five styles with their images (made of noise) and two languages.
func styleSources() map[string]pkpass.Source {
	fields := map[string]any{"primaryFields": []any{map[string]any{"key": "main", "label": "points", "value": "12"}}}
	boarding := map[string]any{"transitType": "PKTransitTypeAir", "primaryFields": fields["primaryFields"]}
	images := map[string][]string{
		"boardingPass": {"icon", "logo", "footer"},
		"coupon":       {"icon", "logo", "strip"},
		"storeCard":    {"icon", "logo", "strip"},
		"eventTicket":  {"icon", "logo", "background", "thumbnail"},
		"generic":      {"icon", "logo", "thumbnail"},
	}
	sources := make(map[string]pkpass.Source)
	for style, names := range images {
		content := fields
		if style == "boardingPass" {
			content = boarding
		}
		source := pkpass.Source{
			pkpass.NewFile("pass.json", passOf(map[string]any{style: content})),
			pkpass.NewFile("de.lproj/pass.strings", []byte("\"points\" = \"Punkte\";\r\n")),
			pkpass.NewFile("zh-Hans.lproj/pass.strings", []byte("\"points\" = \"积分\";\n")),
		}
		for i, name := range names {
			for j, scale := range []string{"", "@2x", "@3x"} {
				source = append(source, pkpass.NewFile(name+scale+".png", noisePNG(20+i, 10+j)))
			}
		}
		sources[style] = source
	}
	return sources
}

func TestScenario16_EveryStyleVerifies(t *testing.T) {
	for style, source := range styleSources() {
		t.Run(style, func(t *testing.T) {
			contents, findings := pkpass.Verify(mustPackage(t, source), trusted())
			if len(findings) > 0 {
				t.Errorf("findings:\n%v", findings)
			}
			if len(contents.Source) != len(source) {
				t.Errorf("%d files, want %d", len(contents.Source), len(source))
			}
		})
	}
}

func TestScenario16_OpenSSLVerifiesEveryStyle(t *testing.T) {
	openssl := tool(t, "openssl")
	for style, source := range styleSources() {
		t.Run(style, func(t *testing.T) { opensslVerify(t, openssl, mustPackage(t, source)) })
	}
	t.Run("EC key", func(t *testing.T) {
		signer := pkpass.NewSigner(identityOf(t, issue(t, devcerts.PassRequest{Key: newECKey(t)})), clock)
		data, err := pkpass.Package(smallSource(), signer)
		if err != nil {
			t.Fatal(err)
		}
		opensslVerify(t, openssl, data)
	})
}

// opensslVerify checks the signature at the time of the tests' clock, with the purpose check off (SIG-12).
func opensslVerify(t *testing.T, openssl string, data []byte) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "manifest.json", fileOf(t, data, "manifest.json"))
	write(t, dir, "signature", fileOf(t, data, "signature"))
	write(t, dir, "root.pem", authority().RootPEM())
	verify := []string{"cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "signature",
		"-content", "manifest.json", "-CAfile", "root.pem", "-attime", "1788264000", "-out", "content"}
	if out, err := run(dir, openssl, verify...); err != nil {
		t.Errorf("openssl cms -verify: %v\n%s", err, out)
	}
	write(t, dir, "manifest.json", append(fileOf(t, data, "manifest.json"), '\n'))
	if out, err := run(dir, openssl, verify...); err == nil {
		t.Errorf("openssl verifies another manifest too:\n%s", out)
	}
}

// Another program unpacks the archive and compares each file with the manifest.
func TestScenario16_PythonChecksEveryManifest(t *testing.T) {
	python := tool(t, "python3")
	const script = `
import hashlib, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
files = {i.filename: archive.read(i) for i in archive.infolist()}
assert len(files) == len(archive.infolist()), "a name is there twice"
manifest = json.loads(files.pop("manifest.json"))
files.pop("signature")
assert manifest == {n: hashlib.sha1(d).hexdigest() for n, d in files.items()}, manifest
json.loads(files["pass.json"])
print(len(files))
`
	for style, source := range styleSources() {
		t.Run(style, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "test.pkpass", mustPackage(t, source))
			out, err := run(dir, python, "-c", script, "test.pkpass")
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if want := len(source); strings.TrimSpace(out) != strconv.Itoa(want) {
				t.Errorf("python counts %s files, want %d", out, want)
			}
		})
	}
}

// PKG-6 refuses nothing that other programs write, be it to a file, or to a pipe, where they describe files behind their content.
func TestReadTakesArchivesOfOtherPrograms(t *testing.T) {
	const script = `
import os, sys, zipfile
out = open("python.zip", "wb") if sys.argv[1] == "file" else sys.stdout.buffer
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
	for folder, _, names in os.walk("files"):
		for name in [""] + names if folder != "files" else names:
			path = os.path.join(folder, name)
			archive.write(path, os.path.relpath(path, "files") + ("" if name else "/"))
`
	for _, test := range []struct {
		name, program string
		arguments     []string
		command       string
	}{
		{"python to a file", "python3", []string{"-c", script, "file"}, `"$@" && cat python.zip`},
		{"python to a pipe", "python3", []string{"-c", script, "pipe"}, `"$@" | cat`},
		{"zip to a file", "zip", []string{"-qr", "../zip.zip", "."}, `cd files && "$@" && cat ../zip.zip`},
		{"zip to a pipe", "zip", []string{"-qr", "-", "."}, `cd files && "$@" | cat`},
		{"zip without extra fields", "zip", []string{"-qrXD0", "-", "."}, `cd files && "$@" | cat`},
	} {
		t.Run(test.name, func(t *testing.T) {
			program, dir := tool(t, test.program), t.TempDir()
			for _, e := range unzip(t, mustPackage(t, smallSource())) {
				if err := os.MkdirAll(filepath.Join(dir, "files", filepath.Dir(e.name)), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, "files"), e.name, e.data)
			}
			archive, err := run(dir, "sh", append([]string{"-c", test.command, "sh", program}, test.arguments...)...)
			if err != nil {
				t.Fatalf("%v\n%.500s", err, archive)
			}
			contents, findings := pkpass.Verify([]byte(archive), trusted())
			if len(findings) > 0 || contents == nil || len(contents.Source) != len(smallSource()) {
				t.Errorf("findings:\n%v", findings)
			}
		})
	}
}

// KEY-2, KEY-5: files as Keychain Access and OpenSSL 3 write them.
func TestOpenSSLWritesPKCS12(t *testing.T) {
	openssl := tool(t, "openssl")
	text, err := issued().PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		password string
		options  []string
	}{
		"legacy":           {"hunter2", []string{"-legacy"}},
		"modern":           {"hunter2", nil},
		"legacy, empty":    {"", []string{"-legacy"}},
		"modern, empty":    {"", nil},
		"key in the clear": {"x", []string{"-keypbe", "NONE"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "pass.pem", text)
			options := append([]string{"pkcs12", "-export", "-in", "pass.pem", "-out", "pass.p12", "-passout", "pass:" + test.password},
				test.options...)
			if out, err := run(dir, openssl, options...); err != nil {
				t.Skipf("this openssl cannot write it: %.200s", out)
			}
			data, err := os.ReadFile(filepath.Join(dir, "pass.p12"))
			if err != nil {
				t.Fatal(err)
			}
			identity, err := pkpass.ParsePKCS12(data, test.password)
			if err != nil {
				t.Fatal(err)
			}
			if err := identity.Check(passType, team, now); err != nil {
				t.Error(err)
			}
		})
	}
}

// tool returns the path of a program, or skips the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on PATH: the independent check is left out", name)
	}
	return path
}

func run(dir, program string, arguments ...string) (string, error) {
	command := exec.Command(program, arguments...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	return string(out), err
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
