package template_test

import (
	"errors"
	"image"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

func TestLoad(t *testing.T) {
	fsys := folder(t, map[string]string{
		"de.lproj/logo.png":       pngFile(t, 160, 50),
		"en.lproj/logo.png":       pngFile(t, 150, 50),
		".DS_Store":               "x",
		".hidden.png":             "x",
		"Thumbs.db":               "x",
		"__MACOSX/._pass.json":    "x",
		"de.lproj/.DS_Store":      "x",
		"pt-BR.lproj/logo.png":    pngFile(t, 10, 10),
		"zh-Hans.lproj/logo.png":  pngFile(t, 10, 10),
		"zh-Hans.lproj/Thumbs.db": "x",
	})
	tmpl := load(t, fsys)
	if tmpl.Name() != "card" {
		t.Errorf("Name() = %q", tmpl.Name())
	}
	if got, want := tmpl.Placeholders(), []string{"count", "name"}; !slices.Equal(got, want) {
		t.Errorf("Placeholders() = %q, want %q", got, want)
	}
	sizes := map[string]image.Point{
		"icon.png": {X: 38, Y: 38}, "icon@2x.png": {X: 76, Y: 76}, "de.lproj/logo.png": {X: 160, Y: 50},
		"en.lproj/logo.png": {X: 150, Y: 50}, "pt-BR.lproj/logo.png": {X: 10, Y: 10}, "zh-Hans.lproj/logo.png": {X: 10, Y: 10},
	}
	if got := tmpl.ImageSizes(); !maps.Equal(got, sizes) {
		t.Errorf("ImageSizes() = %v, want %v", got, sizes)
	}
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"name": "Ada", "count": int64(3)}}, server)
	if findings != nil {
		t.Fatalf("Render: %v", findings)
	}
	var names []string
	for _, f := range rendering.Source {
		names = append(names, f.Name())
		if f.Name() != "pass.json" && string(f.Data()) != string(fsys["card.pass/"+f.Name()].Data) {
			t.Errorf("%s is not what the template has", f.Name())
		}
	}
	slices.Sort(names)
	want := []string{"de.lproj/logo.png", "de.lproj/pass.strings", "en.lproj/logo.png", "en.lproj/pass.strings",
		"icon.png", "icon@2x.png", "pass.json", "pt-BR.lproj/logo.png", "zh-Hans.lproj/logo.png"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tc := range []struct {
		name    string
		changes map[string]string
		want    []string
	}{
		{"PKG-2 no pass.json", map[string]string{"pass.json": absent}, []string{"error PKG-2 card.pass/pass.json"}},
		{"REJ-3 invalid JSON", map[string]string{"pass.json": `{"a":1,}`}, []string{"error REJ-3 card.pass/pass.json"}},
		{"REJ-3 not an object", map[string]string{"pass.json": `[]`}, []string{"error REJ-3 card.pass/pass.json"}},
		{"duplicate key", map[string]string{"pass.json": `{"a":{"b":1,"b":2}}`}, []string{"error JSON-DUPLICATE card.pass/pass.json#/a/b"}},
		{"bad placeholders", map[string]string{"pass.json": `{"a":["{{1st}}","{{ok}} {{}}","}}","{{first-name}}","{{open"]}`}, []string{
			"error TPL-PLACEHOLDER card.pass/pass.json#/a/0", "error TPL-PLACEHOLDER card.pass/pass.json#/a/1",
			"error TPL-PLACEHOLDER card.pass/pass.json#/a/2", "error TPL-PLACEHOLDER card.pass/pass.json#/a/3",
			"error TPL-PLACEHOLDER card.pass/pass.json#/a/4",
		}},
		{"bad placeholders in order", map[string]string{"pass.json": `{"d":"{{","c":"{{","b":{"z":"{{","y":"{{"},"a":"{{"}`}, []string{
			"error TPL-PLACEHOLDER card.pass/pass.json#/a", "error TPL-PLACEHOLDER card.pass/pass.json#/b/y",
			"error TPL-PLACEHOLDER card.pass/pass.json#/b/z", "error TPL-PLACEHOLDER card.pass/pass.json#/c", "error TPL-PLACEHOLDER card.pass/pass.json#/d",
		}},
		{"not PNG", map[string]string{"icon.png": "GIF89a"}, []string{"error TPL-PNG card.pass/icon.png"}},
		{"unknown files", map[string]string{"signature": "x", "Strip.jpg": "x", "pass.strings": "", "de.lproj/pass.json": "{}"}, []string{
			"error TPL-FILE card.pass/Strip.jpg", "error TPL-FILE card.pass/de.lproj/pass.json",
			"error TPL-FILE card.pass/pass.strings", "error TPL-FILE card.pass/signature",
		}},
		{"LOC-1 unknown folders", map[string]string{"images/icon.png": "x", "de.lproj/more/icon.png": "x", "german.lproj/a.png": "x"}, []string{
			"error LOC-1 card.pass/de.lproj/more", "error LOC-1 card.pass/german.lproj", "error LOC-1 card.pass/images",
		}},
		{"LOC-1 a folder named like an image", map[string]string{"strip.png/icon.png": "x"}, []string{"error LOC-1 card.pass/strip.png"}},
		{"server-owned", map[string]string{"pass.json": `{"teamIdentifier":"T","webServiceURL":"https://evil.example","userInfo":{"serialNumber":1}}`}, []string{
			"error TPL-SERVER-OWNED card.pass/pass.json#/teamIdentifier", "error TPL-SERVER-OWNED card.pass/pass.json#/webServiceURL",
		}},
		{"all at once", map[string]string{"pass.json": `{"formatVersion":1,"a":"{{}}"}`, "notes.txt": "x", "icon.png": "x", "de.lproj/pass.strings": "x"}, []string{
			"error TPL-FILE card.pass/notes.txt", "error TPL-SERVER-OWNED card.pass/pass.json#/formatVersion",
			"error TPL-PLACEHOLDER card.pass/pass.json#/a", "error TPL-PNG card.pass/icon.png", "error LOC-2 card.pass/de.lproj/pass.strings",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tmpl, err := template.Load(folder(t, tc.changes), "card")
			if tmpl != nil || !errors.Is(err, wallet.ErrInvalid) {
				t.Fatalf("Load = %v, %v; want findings", tmpl, err)
			}
			findings, _ := errors.AsType[wallet.Findings](err)
			wantFindings(t, findings, tc.want...)
		})
	}
}

func TestLoadNamesSomeOfManyBadPlaceholders(t *testing.T) {
	_, err := template.Load(folder(t, map[string]string{"pass.json": `{"a":[` + strings.Repeat(`"{{",`, 5000) + `0]}`}), "card")
	if findings, _ := errors.AsType[wallet.Findings](err); len(findings) == 0 || len(findings) > 100 {
		t.Errorf("%d findings", len(findings))
	}
}

func TestLoadServerOwnedKeys(t *testing.T) {
	for _, key := range wallet.ServerOwned {
		_, err := template.Load(folder(t, map[string]string{"pass.json": `{"` + key + `":"x"}`}), "card")
		findings, _ := errors.AsType[wallet.Findings](err)
		wantFindings(t, findings, "error TPL-SERVER-OWNED card.pass/pass.json#/"+key)
	}
}

func TestLoadNames(t *testing.T) {
	fsys := folder(t, nil)
	for _, name := range []string{"", "Card", "../card", "card/../card", "a.b", "ä", strings.Repeat("a", 41)} {
		_, err := template.Load(fsys, name)
		findings, _ := errors.AsType[wallet.Findings](err)
		wantFindings(t, findings, "error TPL-NAME "+name+".pass")
	}
	if _, err := template.Load(fsys, "absent"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("absent folder: %v, want fs.ErrNotExist", err)
	}
}

func TestLoadTooLarge(t *testing.T) {
	half := strings.Repeat("x", template.MaxSize/2+1)
	_, err := template.Load(folder(t, map[string]string{"icon.png": half, "logo.png": half}), "card")
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error TPL-SIZE card.pass")
}

// brokenFS fails to read one file.
type brokenFS struct {
	fs.FS
	name string
}

var errBroken = errors.New("broken disk")

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errBroken}
	}
	return b.FS.Open(name)
}

func TestLoadReadErrorIsNoFinding(t *testing.T) {
	for _, name := range []string{"card.pass", "card.pass/icon.png", "card.pass/de.lproj"} {
		_, err := template.Load(brokenFS{folder(t, nil), name}, "card")
		if !errors.Is(err, errBroken) || errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v, want the read error and not ErrInvalid", name, err)
		}
	}
}

// renamedFS lists a name that leads out of the folder, and records what is opened.
type renamedFS struct {
	fstest.MapFS
	opened *[]string
}

type renamedFolder struct{ fs.ReadDirFile }

type renamedEntry struct{ fs.DirEntry }

func (renamedEntry) Name() string { return "a/../../../secret.png" }

func (r renamedFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := r.ReadDirFile.ReadDir(n)
	for i, e := range entries {
		if e.Name() == "icon.png" {
			entries[i] = renamedEntry{e}
		}
	}
	return entries, err
}

func (r renamedFS) Open(name string) (fs.File, error) {
	*r.opened = append(*r.opened, name)
	f, err := r.MapFS.Open(name)
	if folder, ok := f.(fs.ReadDirFile); ok {
		return renamedFolder{folder}, err
	}
	return f, err
}

func TestPKG6LoadTraversal(t *testing.T) {
	var opened []string
	_, err := template.Load(renamedFS{folder(t, nil), &opened}, "card")
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error TPL-FILE card.pass/a/../../../secret.png")
	for _, name := range opened {
		if strings.Contains(name, "secret") {
			t.Errorf("opened %q", name)
		}
	}
}

func TestPKG5LoadSymlinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, folder(t, nil)); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"card.pass/logo.png":    filepath.Join(dir, "card.pass/icon.png"),
		"card.pass/fr.lproj":    "de.lproj",
		"card.pass/strip.png":   "icon.png",
		"linked.pass":           "card.pass",
		"card.pass/.hidden.png": "/etc/passwd",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"error PKG-5 card.pass/fr.lproj", "error PKG-5 card.pass/logo.png", "error PKG-5 card.pass/strip.png"}
	_, err := template.Load(os.DirFS(dir), "card")
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, want...)

	_, err = template.Load(os.DirFS(dir), "linked")
	findings, _ = errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error PKG-5 linked.pass")

	_, err = template.LoadAll(os.DirFS(dir))
	findings, _ = errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, append(want, "error PKG-5 linked.pass")...)
}

func TestRevision(t *testing.T) {
	original := load(t, folder(t, nil)).Revision()
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(original) {
		t.Errorf("Revision() = %q, want hex SHA-256", original)
	}
	if again := load(t, folder(t, map[string]string{".DS_Store": "x"})).Revision(); again != original {
		t.Error("an ignored file changed the revision")
	}
	revisions := map[string]string{original: "nothing"}
	for what, changes := range map[string]map[string]string{
		"a byte of pass.json":    {"pass.json": `{"description":"Card of {{name}}!"}`},
		"a byte of an image":     {"icon.png": pngFile(t, 38, 38) + "\x00"},
		"a byte of a table":      {"de.lproj/pass.strings": `"Member" = "mitglied";`},
		"one more file":          {"logo.png": pngFile(t, 38, 38)},
		"one more file, renamed": {"logo@2x.png": pngFile(t, 38, 38)},
	} {
		revision := load(t, folder(t, changes)).Revision()
		if same, ok := revisions[revision]; ok {
			t.Errorf("changing %s and changing %s give one revision", what, same)
		}
		revisions[revision] = what
	}
}
