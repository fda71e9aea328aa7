package templates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"cloud.google.com/go/storage"

	"walletpasses.example/server/shared/gcp/call"
)

// objects are the objects of one template, as the file system that it is loaded from. An object is read when it is opened,
// and no name is made more proper than it is: what is wrong with one is for the loader to find.
type objects struct {
	ctx         context.Context // of the one loading that they are made for
	bucket      *storage.BucketHandle
	generations map[string]int64 // by name below templates/
}

// Open opens an object, or the folder that is made of the objects with the name and a slash in front.
func (o objects) Open(name string) (fs.File, error) {
	if generation, ok := o.generations[name]; ok {
		reader, err := o.bucket.Object(folders + name).Generation(generation).NewReader(o.ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, call.Failure(err))
		}
		return file{entry{name: path.Base(name)}, reader}, nil
	}
	entries := o.entries(name)
	if len(entries) == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &folder{entry{path.Base(name), fs.ModeDir}, entries}, nil
}

// entries returns what lies directly in a folder. What is an object and a folder at once is neither.
func (o objects) entries(name string) []fs.DirEntry {
	modes := make(map[string]fs.FileMode)
	for object := range o.generations {
		rest, ok := strings.CutPrefix(object, name+"/")
		if !ok {
			continue
		}
		first, _, isFolder := strings.Cut(rest, "/")
		mode := fs.FileMode(0)
		if isFolder {
			mode = fs.ModeDir
		}
		if other, ok := modes[first]; ok && other != mode {
			mode = fs.ModeIrregular
		}
		modes[first] = mode
	}
	var entries []fs.DirEntry
	for first, mode := range modes {
		entries = append(entries, fs.FileInfoToDirEntry(entry{first, mode}))
	}
	return entries
}

// A file is an object that is being read.
type file struct {
	info entry
	io.ReadCloser
}

func (f file) Stat() (fs.FileInfo, error) { return f.info, nil }

// A folder is what the names of objects make one.
type folder struct {
	info entry
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("is a folder")}
}

func (f *folder) Close() error { return nil }

// ReadDir returns the next n entries, all that are left when n is not positive.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	next := f.rest[:n]
	f.rest = f.rest[n:]
	return next, nil
}

// An entry says of a file or folder what it is, and nothing that nobody asks for.
type entry struct {
	name string
	mode fs.FileMode
}

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return 0 }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }
