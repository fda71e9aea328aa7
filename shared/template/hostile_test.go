package template_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// many repeats a pattern with its number in it until the text has about size bytes.
func many(size int, pattern string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, pattern, i)
	}
	return b.String()
}

// giantPNG claims a size that it has no pixels for.
func giantPNG(t testing.TB, width, height uint32) string {
	t.Helper()
	data := []byte(pngFile(t, 1, 1))
	binary.BigEndian.PutUint32(data[16:], width)
	binary.BigEndian.PutUint32(data[20:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return string(data)
}

// zipped is a template in an archive, as a person would upload it. A file of size n is n zero bytes, packed well.
func zipped(t testing.TB, names []string, size int) fs.FS {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, name := range names {
		w, err := archive.Create("card.pass/" + name)
		if err == nil {
			_, err = w.Write(make([]byte, size))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// quickest returns how long work takes when nothing else is in its way.
func quickest(work func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 3 {
		start := time.Now()
		work()
		least = min(least, time.Since(start))
	}
	return least
}

// TestHostileTemplates holds that each is refused by name, within 128 MiB and a second.
func TestHostileTemplates(t *testing.T) {
	crowd := map[string]string{}
	for i := range 2000 {
		crowd[fmt.Sprintf("image%d.png", i)] = "x"
	}
	hidden := map[string]string{}
	for i := range 2000 {
		hidden[fmt.Sprintf(".hidden%d", i)] = "x"
	}
	languages := map[string]string{}
	for i := range 300 {
		languages[fmt.Sprintf("x%c%c.lproj/pass.strings", 'a'+i/26, 'a'+i%26)] = many(1000, `"%x"="";`)
	}
	broken := []byte(pngFile(t, 10, 10))
	broken[len(broken)-20] ^= 1
	whole := pngFile(t, 10, 10)
	const rest = 512 << 10 // as much text as a template may have
	for _, tc := range []struct {
		name string
		fsys fs.FS
		want string // of the first finding
	}{
		{"PKG-6 names alike but for case", folder(t, map[string]string{"Icon.png": whole}), "error PKG-6 card.pass/icon.png"},
		{"PKG-6 folders alike but for case", folder(t, map[string]string{"DE.lproj/logo.png": whole}), "error PKG-6 card.pass/de.lproj"},
		{"LOC-1 too deep", folder(t, map[string]string{strings.Repeat("de.lproj/", 400) + "logo.png": whole}), "error LOC-1 card.pass/de.lproj/de.lproj"},
		{"PKG-5 symbolic link", fstest.MapFS{"card.pass/pass.json": {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}}, "error PKG-5 card.pass/pass.json"},
		{"TPL-FILE device", fstest.MapFS{"card.pass/pass.json": {Mode: fs.ModeDevice}}, "error TPL-FILE card.pass/pass.json"},
		{"TPL-SIZE archive bomb", zipped(t, []string{"icon.png", "logo.png", "strip.png"}, 64<<20), "error TPL-SIZE card.pass"},
		{"TPL-SIZE archive bomb of text", zipped(t, []string{"pass.json"}, 64<<20), "error TPL-SIZE card.pass"},
		{"TPL-SIZE many files", folder(t, crowd), "error TPL-SIZE card.pass"},
		{"TPL-SIZE many hidden files", folder(t, hidden), "error TPL-SIZE card.pass"},
		{"LOC-1 many languages", folder(t, languages), "error LOC-1 card.pass"},
		{"TPL-SIZE long pass.json", folder(t, map[string]string{"pass.json": `{"a":"` + strings.Repeat("x", rest) + `"}`}), "error TPL-SIZE card.pass"},
		{"TPL-SIZE long tables", folder(t, map[string]string{"de.lproj/pass.strings": many(rest/2, `"%d"="";`), "en.lproj/pass.strings": many(rest/2, `"%d"="";`)}),
			"error TPL-SIZE card.pass"},
		{"REJ-3 deep pass.json", folder(t, map[string]string{"pass.json": strings.Repeat(`{"a":`, rest/8)}), "error REJ-3 card.pass/pass.json"},
		{"JSON-DUPLICATE many", folder(t, map[string]string{"pass.json": `{` + strings.Repeat(`"":0,`, rest/8) + `"":0}`}), "error JSON-DUPLICATE card.pass/pass.json#/"},
		{"JSON-NUMBER", folder(t, map[string]string{"pass.json": `{"a":` + strings.Repeat("9", rest/2) + `}`}), "error JSON-NUMBER card.pass/pass.json#/a"},
		{"TPL-PLACEHOLDER many", folder(t, map[string]string{"pass.json": `{"a":[` + strings.Repeat(`"{{",`, rest/8) + `0]}`}), "error TPL-PLACEHOLDER card.pass/pass.json#/a/0"},
		{"LOC-5 many keys", folder(t, map[string]string{"de.lproj/pass.strings": many(rest/2, `"%x"="";`)}), "error LOC-5 card.pass/de.lproj/pass.strings"},
		{"LOC-2 text without end", folder(t, map[string]string{"de.lproj/pass.strings": `"` + strings.Repeat(`\"`, rest/4)}), "error LOC-2 card.pass/de.lproj/pass.strings"},
		{"TPL-PNG giant", folder(t, map[string]string{"icon.png": giantPNG(t, 1<<20, 1<<20)}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG wide", folder(t, map[string]string{"icon.png": giantPNG(t, 5000, 10)}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG of another type", folder(t, map[string]string{"icon.png": "\xff\xd8\xff\xe0 JFIF"}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG cut off", folder(t, map[string]string{"icon.png": whole[:len(whole)-13]}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG damaged", folder(t, map[string]string{"icon.png": string(broken)}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG without pixels", folder(t, map[string]string{"icon.png": whole[:33] + whole[len(whole)-12:]}), "error TPL-PNG card.pass/icon.png"},
		{"TPL-PNG lying length", folder(t, map[string]string{"icon.png": whole[:33] + "\xff\xff\xff\xffIDAT"}), "error TPL-PNG card.pass/icon.png"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tmpl, err := template.Load(tc.fsys, "card")
			runtime.ReadMemStats(&after)
			findings, ok := errors.AsType[wallet.Findings](err)
			if tmpl != nil || !ok || len(findings) == 0 {
				t.Fatalf("Load = %v, %.200v; want findings", tmpl, err)
			}
			if got := brief(findings[:1])[0]; got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 128<<20 {
				t.Errorf("took %d MiB", made>>20)
			}
			if took := quickest(func() { _, _ = template.Load(tc.fsys, "card") }); took > patience.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
