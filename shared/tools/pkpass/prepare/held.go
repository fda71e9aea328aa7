package prepare

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

const (
	passJSON     = "pass.json"
	templateName = "folder" // as findings call it
	// ownedKey is where pass.json has the server's keys while it is a template, which must not set them. Placeholders in
	// them are filled there too.
	ownedKey = "pkpass sign"
)

// held is a template's folder under the name that templates are loaded by, with the server's keys of its pass.json held back
// below [ownedKey].
type held struct {
	folder fs.FS
	root   string // the name of the folder
	pass   []byte // nil when pass.json cannot be read, which loading the template then says
}

func holdOwned(folder fs.FS, name string) held {
	h := held{folder: folder, root: templateName + ".pass"}
	if path.Ext(name) == ".pkpasstemplate" {
		h.root = templateName + ".pkpasstemplate"
	}
	if text, err := readBounded(folder, passJSON); err == nil {
		h.pass = hold(text)
	}
	return h
}

// hold moves the server's keys; nil for what is not a JSON object without faults.
func hold(text []byte) []byte {
	pass, findings, err := wallet.DecodeObject(text)
	if err != nil || findings != nil {
		return nil
	}
	owned := make(map[string]any)
	for _, key := range wallet.ServerOwned {
		if v, ok := pass[key]; ok {
			owned[key] = v
			delete(pass, key)
		}
	}
	pass[ownedKey] = owned
	moved, err := json.Marshal(pass)
	if err != nil {
		return nil
	}
	return moved
}

// readBounded reads a file unless it is larger than any template.
func readBounded(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, template.MaxSize))
}

// inside is the name of a file below the root in the folder; false for one that is not below it.
func (h held) inside(name string) (string, bool) {
	if name == h.root {
		return ".", true
	}
	return strings.CutPrefix(name, h.root+"/")
}

// Open opens a file of the folder.
func (h held) Open(name string) (fs.File, error) {
	inside, ok := h.inside(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if inside == passJSON && h.pass != nil {
		return &passFile{Reader: bytes.NewReader(h.pass)}, nil
	}
	return h.folder.Open(inside)
}

// Lstat describes a file of the folder, or a symbolic link itself.
func (h held) Lstat(name string) (fs.FileInfo, error) {
	inside, ok := h.inside(name)
	if !ok {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return fs.Lstat(h.folder, inside)
}

// ReadLink reads a symbolic link of the folder.
func (h held) ReadLink(name string) (string, error) {
	inside, ok := h.inside(name)
	if !ok {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadLink(h.folder, inside)
}

// A passFile is pass.json in memory.
type passFile struct{ *bytes.Reader }

// Close does nothing.
func (f *passFile) Close() error { return nil }

// Stat describes the file.
func (f *passFile) Stat() (fs.FileInfo, error) { return passInfo{f.Size()}, nil }

type passInfo struct{ size int64 }

func (i passInfo) Name() string       { return passJSON }
func (i passInfo) Size() int64        { return i.size }
func (i passInfo) Mode() fs.FileMode  { return 0o444 }
func (i passInfo) ModTime() time.Time { return time.Time{} }
func (i passInfo) IsDir() bool        { return false }
func (i passInfo) Sys() any           { return nil }
