package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// A hostile template is one of testdata/hostile: what it has beside, or instead of, the files of a good one.
type hostile struct {
	Want  string // the first finding
	Files []hostileFile
}

// A hostileFile says what is in a file without holding all of it.
type hostileFile struct {
	In, Name string // its folder and its name, as a file system would give them, whatever they are
	Count    int    // of such files, with a number for %d; 0 is one

	Text   string
	Base64 []byte
	// Before, Repeat so many Times, with a number for %d, then After.
	Before, Repeat, After string
	Times                 int64

	Link           string // where a symbolic link leads
	Device, Folder bool
}

// corpus reads testdata/hostile, by file name.
func corpus(t testing.TB) map[string]hostile {
	t.Helper()
	names, err := filepath.Glob("testdata/hostile/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	all := make(map[string]hostile)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var h hostile
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&h); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".json")] = h
	}
	return all
}

// open returns a reader of the file's content.
func (f hostileFile) open() io.Reader {
	if f.Times == 0 {
		return strings.NewReader(f.Text + string(f.Base64))
	}
	return io.MultiReader(strings.NewReader(f.Before), &repeated{pattern: f.Repeat, times: f.Times}, strings.NewReader(f.After))
}

// A repeated text is made as it is read, so that it may be larger than any disk.
type repeated struct {
	pattern     string
	made, times int64
	rest        string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" && r.made == r.times {
		return 0, io.EOF
	}
	switch {
	case r.rest != "":
	case strings.Contains(r.pattern, "%d"):
		r.rest = strings.ReplaceAll(r.pattern, "%d", strconv.FormatInt(r.made, 10))
		r.made++
	default:
		many := min(r.times-r.made, 4096)
		r.rest = strings.Repeat(r.pattern, int(many))
		r.made += many
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// A listing is the folder of a hostile template. It lists names as they are, and keeps which of its files were opened.
type listing struct {
	root    string
	folders map[string][]listed // "" is the template's own
	opened  []string
}

// listing returns the files of a good template, and in their place or beside them the hostile ones.
func (h hostile) listing(t testing.TB) *listing {
	t.Helper()
	l := &listing{root: "card.pass", folders: make(map[string][]listed)}
	for name, f := range folder(t, nil) {
		in, base, found := strings.Cut(strings.TrimPrefix(name, "card.pass/"), "/")
		if !found {
			in, base = "", in
		}
		if good := (listed{name: base, open: func() io.Reader { return bytes.NewReader(f.Data) }}); !h.replaces(in, base) {
			l.add(in, good)
		}
	}
	for _, f := range h.Files {
		for i := range max(1, f.Count) {
			number := strings.NewReplacer("%d", strconv.Itoa(i))
			l.add(number.Replace(f.In), listed{number.Replace(f.Name), f.mode(), f.open})
		}
	}
	return l
}

// replaces reports whether a hostile file or its folder has the place of a good one or its folder.
func (h hostile) replaces(in, name string) bool {
	return slices.ContainsFunc(h.Files, func(f hostileFile) bool {
		return f.In == in && f.Name == name || f.In == "" && f.Name == in || in == "" && f.In == name
	})
}

func (f hostileFile) mode() fs.FileMode {
	switch {
	case f.Link != "":
		return fs.ModeSymlink
	case f.Device:
		return fs.ModeDevice
	case f.Folder:
		return fs.ModeDir
	default:
		return 0
	}
}

// add lists a file in a folder, and the folder.
func (l *listing) add(in string, f listed) {
	if _, known := l.folders[in]; !known && in != "" {
		l.folders[""] = append(l.folders[""], listed{name: in, mode: fs.ModeDir})
	}
	l.folders[in] = append(l.folders[in], f)
}

func (l *listing) Open(name string) (fs.File, error) {
	below, ok := strings.CutPrefix(name, l.root)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	below = strings.TrimPrefix(below, "/")
	if entries, ok := l.folders[below]; ok {
		return &openFolder{openFile{listed{name: name, mode: fs.ModeDir}, iotest.ErrReader(errors.New("is a folder"))}, entries}, nil
	}
	in, base := path.Split(below)
	for _, f := range l.folders[strings.TrimSuffix(in, "/")] {
		if f.name == base && f.open != nil {
			l.opened = append(l.opened, name)
			return openFile{f, f.open()}, nil
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

type openFile struct {
	info listed
	io.Reader
}

func (f openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f openFile) Close() error               { return nil }

type openFolder struct {
	openFile
	entries []listed
}

func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	n = min(n, len(f.entries))
	var entries []fs.DirEntry
	for _, e := range f.entries[:n] {
		entries = append(entries, fs.FileInfoToDirEntry(e))
	}
	f.entries = f.entries[n:]
	return entries, nil
}

type listed struct {
	name string
	mode fs.FileMode
	open func() io.Reader
}

func (e listed) Name() string       { return e.name }
func (e listed) Size() int64        { return 0 }
func (e listed) Mode() fs.FileMode  { return e.mode }
func (e listed) ModTime() time.Time { return time.Time{} }
func (e listed) IsDir() bool        { return e.mode.IsDir() }
func (e listed) Sys() any           { return nil }
