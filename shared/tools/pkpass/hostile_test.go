package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// What is made to break the reader is refused with a finding that names it, within a second and 128 MiB.
func TestHostilePackages(t *testing.T) {
	good := packaged(t, nil)
	for _, c := range []struct {
		name, rule string
		data       []byte
	}{
		{"empty file", "REJ-1", nil},
		{"cut off", "REJ-1", good[:len(good)-30]},
		{"cut in the middle", "REJ-1", good[:len(good)/2]},
		{"lies about the size of its list", "REJ-1", patched(good, len(good)-22+12, 0xffffff00)},
		{"lies about the size of a file", "PKG-6", lyingSize(t, good)},
		{"zip bomb", "PKG-6", bomb(t, good, "logo.png", 30<<20, 2)},
		{"bomb for pass.json", "PKG-6", bomb(t, good, "other.json", 60<<20, 1)},
		{"many entries", "PKG-SIZE", manyEntries(t, 90000)},
		{"huge", "PKG-SIZE", make([]byte, 40<<20)},
		{"climbs out", "PKG-6", change(t, good, "../../etc/passwd")},
		{"has a name twice", "PKG-6", change(t, good, "icon.png")},
		{"wrong hashes", "REJ-7", wrongHashes(t)},
		{"manifest of a hundred thousand lines", "PKG-SIZE", longManifest(t, 100000)},
		{"manifest of five thousand lines", "MAN-3", longManifest(t, 5000)},
		{"pass.json of megabytes", "PKG-SIZE", packaged(t, files{"pass.json": with(map[string]any{"userInfo": raw("[" + strings.Repeat("{},", 1<<20) + "{}]")})})},
		{"attached signature", "SIG-1", forged(t, attached)},
		{"deep pass.json", "REJ-3", packaged(t, files{"pass.json": []byte(strings.Repeat(`{"a":`, 40000) + "1" + strings.Repeat("}", 40000))})},
		{"a key twice", "JSON-DUPLICATE", packaged(t, files{"pass.json": bytes.Replace(with(nil), []byte("{"), []byte(`{"serialNumber":"2",`), 1)})},
		{"a number too large", "JSON-NUMBER", packaged(t, files{"pass.json": with(map[string]any{"maxDistance": raw(strings.Repeat("9", 400))})})},
		{"many bad fields", "REJ-13", packaged(t, files{"pass.json": with(map[string]any{"storeCard": raw(`{"backFields":[` + strings.Repeat("{},", 85000) + `{}]}`)})})},
		{"image bomb", "IMAGE-PIXELS", packaged(t, files{"logo.png": headerOnly(30000, 30000)})},
		{"image of another type", "IMAGE-PNG", packaged(t, files{"logo.png": []byte("GIF89a")})},
		{"image cut off", "IMAGE-PNG", packaged(t, files{"logo.png": picture(160, 50)[:60]})},
		{"many large images", "IMAGE-PNG", packaged(t, manyImages())},
		{"text table without end", "REJ-16", packaged(t, files{"de.lproj/pass.strings": []byte(strings.Repeat(`"a`, 1<<19))})},
		{"text tables of megabytes", "PKG-SIZE", packaged(t, files{"de.lproj/pass.strings": []byte(strings.Repeat(" ", 2<<20)), "en.lproj/pass.strings": []byte("/**/")})},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, root := write(t, "hostile.pkpass", c.data), rootFile(t)
			c.data = nil
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var status int
			var stdout string
			took := patience.ProcessorTime(t, func() { status, stdout, _ = runTool("verify", file, "-root", root) })
			runtime.ReadMemStats(&after)
			if status != 1 || !strings.Contains(stdout, " "+c.rule+" ") {
				t.Errorf("exit status %d, want 1 and %s:\n%.500s", status, c.rule, stdout)
			}
			if took > patience.Second {
				t.Errorf("took %v", took)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 128<<20 {
				t.Errorf("allocated %d MiB", allocated>>20)
			}
		})
	}
}

// The corpus of package pkpass, each of whose files bears the rule that refuses it in its name. Its signatures are Apple's
// no more than those of a forger, so that the chain is at fault too.
func TestHostileCorpus(t *testing.T) {
	corpus, err := filepath.Glob("../../pkpass/testdata/hostile/*.pkpass")
	if err != nil || len(corpus) == 0 {
		t.Fatalf("%d files, %v", len(corpus), err)
	}
	for _, file := range corpus {
		rule := strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(file, ".pkpass")), ".")
		for _, verb := range []string{"verify", "inspect"} {
			var status int
			var stdout, stderr string
			took := patience.ProcessorTime(t, func() { status, stdout, stderr = runTool(verb, file) })
			if took > patience.Second {
				t.Errorf("%s %s took %v", verb, file, took)
			}
			if verb == "verify" && (status != 1 || stderr != "" || rule != "SIG-13" && !strings.Contains(stdout, " "+rule+" ")) {
				t.Errorf("%s: exit status %d, want 1 and %s:\n%.500s%s", file, status, rule, stdout, stderr)
			}
		}
	}
}

func TestForeignChain(t *testing.T) {
	other, err := devcerts.New(now)
	check(t, err)
	good := write(t, "good.pkpass", packaged(t, nil))
	if status, stdout, _ := runTool("verify", "-root", write(t, "other.pem", other.RootPEM()), good); status != 1 || !strings.Contains(stdout, "SIG-13") {
		t.Errorf("another root: exit status %d\n%s", status, stdout)
	}
	if status, stdout, _ := runTool("verify", good); status != 1 || !strings.Contains(stdout, "REJ-9") {
		t.Errorf("Apple's root: exit status %d\n%s", status, stdout)
	}
}

// WS-3: with another root a pass is being tried out, and may call http; with Apple's it may not.
func TestPlainHTTP(t *testing.T) {
	file := write(t, "http.pkpass", packaged(t, files{"pass.json": with(map[string]any{"webServiceURL": "http://127.0.0.1:8080"})}))
	for severity, flags := range map[string][]string{"warning": {"-root", rootFile(t)}, "error": nil} {
		_, stdout, _ := runTool(append([]string{"verify", file}, flags...)...)
		if strings.Count(stdout, "WS-3") != 1 || !regexp.MustCompile(severity+` +WS-3`).MatchString(stdout) {
			t.Errorf("want one %s WS-3:\n%s", severity, stdout)
		}
	}
}

// raw is JSON that is written as it is.
type raw string

// MarshalJSON returns the text.
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func patched(data []byte, at int, value uint32) []byte {
	data = bytes.Clone(data)
	binary.LittleEndian.PutUint32(data[at:], value)
	return data
}

// lyingSize doubles the unpacked size of the first file in the list of files.
func lyingSize(t *testing.T, data []byte) []byte {
	t.Helper()
	at := bytes.Index(data, []byte("PK\x01\x02"))
	if at < 0 {
		t.Fatal("no list of files")
	}
	size := binary.LittleEndian.Uint32(data[at+24:])
	return patched(data, at+24, 2*size)
}

// appended is an archive with more entries.
func appended(t *testing.T, data []byte, add func(*zip.Writer)) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range archive.File {
		check(t, w.Copy(f))
	}
	add(w)
	check(t, w.Close())
	return b.Bytes()
}

// bomb adds files of zeros that are packed a thousand times smaller.
func bomb(t *testing.T, data []byte, name string, size, count int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	check(t, err)
	zeros := make([]byte, 1<<20)
	sum := crc32.NewIEEE()
	for range size / len(zeros) {
		_, err := w.Write(zeros)
		check(t, err)
		sum.Write(zeros)
	}
	check(t, w.Close())
	return appended(t, data, func(w *zip.Writer) {
		for i := range count {
			entry, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i, name), Method: zip.Deflate, CRC32: sum.Sum32(),
				CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(size)})
			check(t, err)
			_, err = entry.Write(packed.Bytes())
			check(t, err)
		}
	})
}

// change adds an empty file.
func change(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	return appended(t, data, func(w *zip.Writer) {
		_, err := w.Create(name)
		check(t, err)
	})
}

func manyEntries(t *testing.T, n int) []byte {
	t.Helper()
	return appended(t, packaged(t, nil), func(w *zip.Writer) {
		for i := range n {
			_, err := w.Create(fmt.Sprint(i))
			check(t, err)
		}
	})
}

func wrongHashes(t *testing.T) []byte {
	t.Helper()
	all := goodFiles().signed(t)
	for name := range goodFiles() {
		if name != "pass.json" {
			all[name] = append(all[name], ' ')
		}
	}
	return all.zip(t)
}

// longManifest is listed beside as many files as an archive may have.
func longManifest(t *testing.T, lines int) []byte {
	t.Helper()
	all := goodFiles().signed(t)
	var text []string
	for i := range lines {
		text = append(text, fmt.Sprintf(`"%d":"%040d"`, i, 0))
	}
	all["manifest.json"] = []byte("{" + strings.Join(text, ",") + "}")
	for i := range 900 {
		all[fmt.Sprint("extra/", i)] = nil
	}
	return all.zip(t)
}

// headerOnly is a PNG that says it is of this size.
func headerOnly(width, height uint32) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.White})); err != nil {
		panic(err)
	}
	data := b.Bytes()
	binary.BigEndian.PutUint32(data[16:], width)
	binary.BigEndian.PutUint32(data[20:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// manyImages are more pixels than are decoded, and one image that is cut off.
func manyImages() files {
	all := files{"a.png": picture(64, 64)[:70]}
	large := picture(2000, 2000)
	for i := range 200 {
		all[fmt.Sprintf("x%d.png", i)] = large
	}
	return all
}

func TestHostileBundles(t *testing.T) {
	good := packaged(t, nil)
	bundle := func(names ...string) []byte {
		all := make(files)
		for _, name := range names {
			all[name] = good
		}
		return all.zip(t)
	}
	many := slices.Collect(func(yield func(string) bool) {
		for i := range 11 {
			yield(fmt.Sprintf("%d.pkpass", i))
		}
	})
	for _, c := range []struct {
		name, rule, path string
		data             []byte
	}{
		{"too many", "BUN-2", "", bundle(many...)},
		{"another file", "BUN-3", "readme.txt", bundle("a.pkpass", "readme.txt")},
		{"in a folder", "BUN-3", "folder/a.pkpass", bundle("folder/a.pkpass")},
		{"a pass that is none", "REJ-1", "b.pkpass", files{"a.pkpass": good, "b.pkpass": []byte("x")}.zip(t)},
		{"a pass with a fault", "REJ-7", "b.pkpass/icon.png", files{"a.pkpass": good, "b.pkpass": wrongHashes(t)}.zip(t)},
		{"a bomb", "BUN-1", "1b.pkpass", bomb(t, bundle("a.pkpass"), "b.pkpass", 30<<20, 2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, r := verifyJSON(t, "hostile.pkpasses", c.data)
			if status != 1 || !slices.ContainsFunc(r.Findings, func(f wallet.Finding) bool { return f.Rule == c.rule && f.Path == c.path }) {
				t.Errorf("exit status %d, want 1 and %s at %q:\n%v", status, c.rule, c.path, r.Findings)
			}
		})
	}
	if status, r := verifyJSON(t, "good.pkpasses", bundle("a.pkpass", "b.pkpass")); status != 0 {
		t.Errorf("a good bundle: exit status %d:\n%v", status, r.Findings)
	}
}

// A sparse file of 3 GiB is refused by its size, not read.
func TestHugeFileIsNotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge.pkpass")
	check(t, os.WriteFile(file, []byte("PK\x03\x04"), 0o600))
	check(t, os.Truncate(file, 3<<30))
	status, stdout, _ := runTool("verify", file)
	if status != 1 || !strings.Contains(stdout, fmt.Sprintf("%d bytes; at most %d", 3<<30, pkpass.MaxPackageSize)) {
		t.Errorf("exit status %d:\n%s", status, stdout)
	}
}
