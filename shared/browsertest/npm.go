package browsertest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// NPM returns the files of a package of the npm registry. It is fetched once and kept in the user's cache; whenever it is used,
// its bytes have to be those of the integrity, "sha512-" and a digest in base64, as the registry states it and the test pins it.
// Nothing of the package is run. Where npm is not installed, or does not reach the registry, the test is skipped.
// https://docs.npmjs.com/cli/commands/npm-pack
func NPM(t testing.TB, name, version, integrity string) fs.FS {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(cache, "walletpasses-browsertest", fmt.Sprintf("%s-%s.tgz", name, version))
	data, err := os.ReadFile(archive)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = pack(name+"@"+version, archive)
	}
	unless(t, err)
	if digest := sha512.Sum512(data); integrity != "sha512-"+base64.StdEncoding.EncodeToString(digest[:]) {
		t.Fatalf("%s is not the package %s %s that the test pins: its digest is another; remove it", archive, name, version)
	}
	files, err := untar(data)
	if err != nil {
		t.Fatalf("%s: %v", archive, err)
	}
	return files
}

// pack fetches a package with npm and keeps it under a name.
func pack(what, archive string) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, fmt.Errorf("%w: npm, which fetches %s", ErrNotInstalled, what)
	}
	folder := filepath.Dir(archive)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	fetched, err := os.MkdirTemp(folder, "fetched")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(fetched)
	command := exec.Command(npm, "pack", "--silent", "--ignore-scripts", "--fetch-retries", "5", "--pack-destination", fetched, what)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s cannot be had from the npm registry: %v %s", ErrNotInstalled, what, err, out)
	}
	files, err := filepath.Glob(filepath.Join(fetched, "*.tgz"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("npm pack %s made %q: %v", what, files, err)
	}
	if err := os.Rename(files[0], archive); err != nil { // at once: others may fetch it as well
		return nil, err
	}
	return os.ReadFile(archive)
}

// untar reads a package's archive, whose files all lie in a folder "package".
func untar(data []byte) (fstest.MapFS, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	files := make(fstest.MapFS)
	archive := tar.NewReader(unzipped)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		files[strings.TrimPrefix(header.Name, "package/")] = &fstest.MapFile{Data: content}
	}
}
