package pkpass_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

func TestReadTakesOtherToolsArchives(t *testing.T) {
	entries := unzip(t, mustPackage(t, smallSource()))
	slices.Reverse(entries)
	entries = append(entries, entry{"de.lproj/", nil}) // PKG-7
	contents, findings := pkpass.Verify(rezip(t, entries), trusted())
	if len(findings) > 0 {
		t.Errorf("deflated, with data descriptors, a folder and in another order:\n%v", findings)
	}
	if len(contents.Source) != len(smallSource()) {
		t.Errorf("%d files, want %d", len(contents.Source), len(smallSource()))
	}
}

// Behind a file, its checksum and sizes may be said once more, with a signature in front or without.
func TestReadTakesDataDescriptors(t *testing.T) {
	good := mustPackage(t, smallSource())
	for name, archive := range map[string][]byte{
		"with a signature": described(good, descriptor(good)), "without": described(good, descriptor(good)[4:]),
	} {
		if _, findings := pkpass.Verify(archive, trusted()); len(findings) > 0 {
			t.Errorf("%s:\n%v", name, findings)
		}
	}
}

func TestReadNotAnArchiveREJ1(t *testing.T) {
	good := mustPackage(t, smallSource())
	for name, data := range map[string][]byte{
		"empty":          nil,
		"text":           []byte("<html>"),
		"cut short":      good[:len(good)-10],
		"prefixed":       append([]byte("#!/bin/sh\n"), good...),
		"empty archive":  good[len(good)-22:],
		"only signature": []byte("PK\x03\x04"),
	} {
		t.Run(name, func(t *testing.T) {
			contents, findings := pkpass.Read(data)
			wantRules(t, findings, "REJ-1")
			if contents != nil {
				t.Error("contents of what is no archive")
			}
		})
	}
}

func TestReadEnclosingFolderPKG1(t *testing.T) {
	entries := unzip(t, mustPackage(t, smallSource()))
	for i := range entries {
		entries[i].name = "My.pass/" + entries[i].name
	}
	_, findings := pkpass.Read(rezip(t, entries))
	wantRules(t, findings, "PKG-1")
}

func TestReadNamesPKG5PKG6(t *testing.T) {
	for name, rule := range map[string]string{
		"../evil":              "PKG-6",
		"/etc/passwd":          "PKG-6",
		"a/../../b":            "PKG-6",
		`..\evil`:              "PKG-6",
		"../folder/":           "PKG-6",
		"icon.png":             "PKG-6", // for the second time
		".DS_Store":            "PKG-5",
		"__MACOSX/._icon.png":  "PKG-5",
		"de.lproj/Thumbs.db":   "PKG-5",
		"fr.lproj/._logo.png":  "PKG-5",
		"a\x00b":               "PKG-6",
		strings.Repeat("/", 3): "PKG-6",
	} {
		t.Run(name, func(t *testing.T) {
			entries := append(unzip(t, mustPackage(t, smallSource())), entry{name, nil})
			contents, findings := pkpass.Read(rezip(t, entries))
			wantRules(t, findings, rule)
			if len(contents.Source) != len(smallSource()) {
				t.Error("the bad file was taken over")
			}
		})
	}
}

// Each test writes logo.png with a header that is wrong in one way.
func TestReadEntriesPKG5PKG6(t *testing.T) {
	content := []byte("hello")
	tests := []struct {
		name   string
		change func(*zip.FileHeader)
		rule   string
	}{
		{"symbolic link", func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }, "PKG-5"},
		{"encrypted", func(h *zip.FileHeader) { h.Flags |= 1 }, "PKG-6"},
		{"unknown method", func(h *zip.FileHeader) { h.Method = 12 }, "PKG-6"},
		{"ZIP64 extra field", func(h *zip.FileHeader) { h.Extra = []byte{1, 0, 0, 0} }, "PKG-6"},
		{"ZIP64 after another field", func(h *zip.FileHeader) { h.Extra = []byte{9, 9, 1, 0, 7, 1, 0, 0, 0} }, "PKG-6"},
		{"wrong checksum", func(h *zip.FileHeader) { h.CRC32++ }, "PKG-6"},
		{"says less than it holds", func(h *zip.FileHeader) { h.UncompressedSize64-- }, "PKG-6"},
		{"says more than it holds", func(h *zip.FileHeader) { h.UncompressedSize64++ }, "PKG-6"},
		{"says gigabytes", func(h *zip.FileHeader) { h.UncompressedSize64 = 3 << 30 }, "PKG-6"},
		{"is not deflated", func(h *zip.FileHeader) { h.Method = zip.Deflate }, "PKG-6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pkpass.NewFile("logo.png", content)
			header := &zip.FileHeader{Name: file.Name(), Method: zip.Store, CRC32: 0x3610a686, // of "hello"
				CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))}
			test.change(header)
			contents, findings := pkpass.Read(addRaw(t, mustPackage(t, smallSource()), header, content))
			wantRules(t, findings, test.rule)
			if _, ok := contents.Source.File("logo.png"); ok {
				t.Error("the bad file was taken over")
			}
		})
	}
}

// A bomb unpacks to a thousand times its size; all entries together may not pass the bound.
func TestReadBombPKG6(t *testing.T) {
	const size = 20 << 20
	header := zip.FileHeader{Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(make([]byte, size)), UncompressedSize64: size}
	packed := deflatedZeros(t, size)
	header.CompressedSize64 = uint64(len(packed))
	data := mustPackage(t, smallSource())
	for _, name := range []string{"first", "second", "third"} {
		h := header
		h.Name = name
		data = addRaw(t, data, &h, packed)
	}
	contents, findings := pkpass.Read(data)
	wantRules(t, findings, "PKG-6")
	if _, ok := contents.Source.File("second"); !ok {
		t.Error("refused within the bound")
	}
	if _, ok := contents.Source.File("third"); ok {
		t.Error("unpacked beyond the bound")
	}
}

// deflatedZeros compresses one megabyte and repeats it: a flushed block stands for itself.
func deflatedZeros(t *testing.T, size int) []byte {
	t.Helper()
	const megabyte = 1 << 20
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, megabyte)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	blocks := bytes.Repeat(packed.Bytes(), size/megabyte)
	return append(blocks, 1, 0, 0, 0xff, 0xff) // an empty last block
}

func TestReadLimits(t *testing.T) {
	_, findings := pkpass.Read(make([]byte, pkpass.MaxPackageSize+1))
	wantRules(t, findings, "PKG-SIZE")

	entries := unzip(t, mustPackage(t, smallSource()))
	for i := range 1000 {
		entries = append(entries, entry{fmt.Sprint(i), nil})
	}
	_, findings = pkpass.Read(rezip(t, entries))
	wantRules(t, findings, "PKG-SIZE")
}

func TestReadEndOfArchivePKG6(t *testing.T) {
	good := mustPackage(t, smallSource())
	_, findings := pkpass.Read(append(bytes.Clone(good), "trailing"...))
	wantRules(t, findings, "PKG-6")

	split := bytes.Clone(good)
	binary.LittleEndian.PutUint16(split[len(split)-22+4:], 1) // number of this disk
	_, findings = pkpass.Read(split)
	wantRules(t, findings, "PKG-6")
}

// What we write ourselves: stored, sorted, dated 1980, no descriptors, no folders, UTF-8 named only where needed.
func TestArchivePKG6PKG9(t *testing.T) {
	data := mustPackage(t, append(smallSource(), pkpass.NewFile("zoë.png", nil)))
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
		wantFlags := uint16(0)
		if f.Name == "zoë.png" {
			wantFlags = 1 << 11
		}
		if f.Method != zip.Store || f.Flags != wantFlags || len(f.Extra) != 0 || f.Modified.Format("2006-01-02 15:04:05") != "1980-01-01 00:00:00" {
			t.Errorf("%s: method %d, flags %x, extra %x, modified %v", f.Name, f.Method, f.Flags, f.Extra, f.Modified)
		}
	}
	if !slices.IsSorted(names) || len(names) != len(smallSource())+3 {
		t.Errorf("entries %q", names)
	}
}

// What we write, byte for byte, is what archive/zip makes of the same entries.
func TestArchiveIsThatOfAnotherWriter(t *testing.T) {
	got := mustPackage(t, append(smallSource(), pkpass.NewFile("zoë.png", nil)))
	var want bytes.Buffer
	w := zip.NewWriter(&want)
	for _, e := range unzip(t, got) {
		header := zip.FileHeader{
			Name: e.name, CreatorVersion: 10, ReaderVersion: 10, CRC32: crc32.ChecksumIEEE(e.data),
			ModifiedDate:     1<<5 | 1, //lint:ignore SA1019 CreateRaw writes this field and not Modified
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: uint64(len(e.data)),
		}
		if e.name == "zoë.png" {
			header.Flags = 1 << 11
		}
		f, err := w.CreateRaw(&header)
		if err == nil {
			_, err = f.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("the archive differs from\n%q:\n%q", want.Bytes(), got)
	}
}

// An archive goes where it is told to, and its offsets count from where it begins.
func TestAppendPackageKeepsWhatIsThere(t *testing.T) {
	got, err := pkpass.AppendPackage([]byte("before"), smallSource(), testSigner(t))
	if err != nil {
		t.Fatal(err)
	}
	if archive, ok := bytes.CutPrefix(got, []byte("before")); !ok || !bytes.Equal(archive, mustPackage(t, smallSource())) {
		t.Error("the package is not appended")
	}
}

// addRaw appends one entry with the header as it is.
func addRaw(t testing.TB, archive []byte, header *zip.FileHeader, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	from, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range from.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	entry, err := w.CreateRaw(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Checking pass.json, manifest.json and signature takes many times their size, so they are held to less than a package.
func TestReadLargePartsPKGSIZE(t *testing.T) {
	for _, name := range []string{"pass.json", "manifest.json", "signature"} {
		entries := unzip(t, mustPackage(t, smallSource()))
		for i := range entries {
			if entries[i].name == name {
				entries[i].data = make([]byte, 256<<10+1)
			}
		}
		contents, findings := pkpass.Read(rezip(t, entries))
		wantRules(t, findings, "PKG-SIZE")
		if len(contents.PassJSON) > 1<<10 || len(contents.Manifest) > 1<<10 || len(contents.Signature) > 1<<13 {
			t.Errorf("%s was read", name)
		}
	}
	large := append(smallSource()[1:], pkpass.NewFile("pass.json", make([]byte, 256<<10+1)))
	wantRules(t, large.Check(), "PKG-SIZE")
}
