package pkpass_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"slices"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// hostileArchives have an archive at fault: manifest and signature are right for the files in it.
func hostileArchives(t testing.TB) []hostilePackage {
	good := stored(t, signedEntries(t)...)
	logo := func(change func(*zip.FileHeader)) []byte { return storedWith(t, change, signedEntries(t, logoFile)...) }
	named := func(name string) []byte { return stored(t, signedEntries(t, pkpass.NewFile(name, []byte("logo")))...) }
	list, end := bytes.Index(good, []byte("PK\x01\x02")), len(good)-22
	return []hostilePackage{
		{"no-archive", "REJ-1", "does not begin with a file", []byte("<!doctype html><title>404</title>")},
		{"truncated-in-a-file", "REJ-1", "not a valid zip", good[:len(good)/2]},
		{"truncated-in-the-list", "REJ-1", "not a valid zip", good[:list+60]},
		{"truncated-at-the-end", "REJ-1", "not a valid zip", good[:len(good)-10]},
		{"list-outside-the-archive", "PKG-6", "not where the end of the archive says", patched(good, end+16, 0xfffffff0)},
		{"size-lies-in-the-list", "PKG-6", "another checksum or size", patched(good, list+24, 4096)},
		{"size-lies-before-the-file", "PKG-6", "another checksum or size", patched(good, 22, 4096)},
		{"size-of-gigabytes", "PKG-6", "bytes when unpacked", logo(func(h *zip.FileHeader) { h.UncompressedSize64 = 3 << 30 })},
		{"name-lies-before-the-file", "PKG-6", "another name than", renamed(good)},
		{"place-lies-in-the-list", "PKG-6", "where no file begins", patched(good, list+42, 7)},
		{"overlapping-entries", "PKG-6", "overlaps another", overlapping(t)},
		{"overlapping-bomb", "PKG-6", "overlaps another", overlappingBomb(t)},
		{"bomb-that-says-it-is-small", "PKG-6", "cannot be read", bomb(t, 100)},
		{"zip64-extra-field", "PKG-6", "uses ZIP64", logo(func(h *zip.FileHeader) { h.Extra = []byte{1, 0, 0, 0} })},
		{"zip64-version", "PKG-6", "uses ZIP64", patched(good, list+6, 45)},
		{"zip64-end-beside-a-plain-one", "PKG-6", "or ZIP64", slices.Concat(good[:end], zip64End(0xffff), good[end:])},
		{"zip64-end-of-exabytes", "REJ-1", "not a valid zip", slices.Concat(good[:end], zip64End(1<<62), patched(good, end+16, 0xffffffff)[end:])},
		{"name-twice", "PKG-6", "there twice", stored(t, append(signedEntries(t), entry{"icon.png", []byte("icon 1x")})...)},
		{"name-in-another-case", "PKG-6", "upper and lower case", named("PASS.json")},
		{"name-that-climbs-out", "PKG-6", "plain relative path", named("../../etc/passwd")},
		{"name-from-the-root", "PKG-6", "plain relative path", named("/etc/passwd")},
		{"name-with-backslashes", "PKG-6", "plain relative path", named(`..\..\logo.png`)},
		{"symbolic-link", "PKG-5", "symbolic link", logo(func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) })},
		{"packing-lies-before-the-file", "PKG-6", "packed in another way", patched(good, 8, uint32(zip.Deflate))},
		{"length-lies-on-both-sides", "PKG-6", "longer than the archive", tooLong(good)},
		{"entry-hidden-at-the-front", "PKG-6", "bytes before the entry", hidden(t, 0)},
		{"entry-hidden-between", "PKG-6", "bytes before the entry", hidden(t, 3)},
		{"entry-hidden-at-the-end", "PKG-6", "bytes behind the last entry", hidden(t, len(signedEntries(t)))},
		{"bytes-in-place-of-a-descriptor", "PKG-6", "bytes behind the last entry", described(good, make([]byte, 16))},
		{"encrypted", "PKG-6", "encrypted", logo(func(h *zip.FileHeader) { h.Flags |= 1 })},
		{"archive-before-the-archive", "PKG-6", "bytes before", slices.Concat(stored(t, entry{"pass.json", []byte("{}")}), good)},
		{"bytes-after-the-list", "PKG-6", "after the list of files", slices.Concat(good[:end], make([]byte, 64), patched(good, end+12, uint32(end-list+64))[end:])},
		{"bytes-after-the-end", "PKG-6", "after the end", append(slices.Clone(good), "more"...)},
		{"one-of-several-disks", "PKG-6", "set of several", patched(good, end+4, 1)},
	}
}

var logoFile = pkpass.NewFile("logo.png", []byte("logo"))

// stored is an archive of the entries in their order, not compressed, with the names as they are.
func stored(t testing.TB, entries ...entry) []byte { return storedWith(t, nil, entries...) }

// storedWith lets change have the header of logo.png.
func storedWith(t testing.TB, change func(*zip.FileHeader), entries ...entry) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, CRC32: crc32.ChecksumIEEE(e.data),
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: uint64(len(e.data))}
		if change != nil && e.name == logoFile.Name() {
			change(header)
		}
		f, err := w.CreateRaw(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func patched(data []byte, at int, value uint32) []byte {
	data = bytes.Clone(data)
	binary.LittleEndian.PutUint32(data[at:], value)
	return data
}

// renamed has another name before the first file than in the list.
func renamed(data []byte) []byte {
	data = bytes.Clone(data)
	data[30]++
	return data
}

// tooLong has a first file that says, before it and in the list, that it is longer than the whole archive.
func tooLong(data []byte) []byte {
	list := listed(data, "pass.json")
	for _, at := range []int{18, 22, list + 20, list + 24} {
		data = patched(data, at, 8<<10)
	}
	return data
}

// hidden has a file behind so many others that the list leaves out.
func hidden(t testing.TB, behind int) []byte {
	t.Helper()
	const name = "a.png"
	data := stored(t, slices.Insert(signedEntries(t), behind, entry{name, []byte("logo")})...)
	from, end := listed(data, name), len(data)-22
	next := from + 46 + len(name)
	tail := bytes.Clone(data[end:])
	addTo16(tail[8:], -1)
	addTo16(tail[10:], -1)
	binary.LittleEndian.PutUint32(tail[12:], binary.LittleEndian.Uint32(tail[12:])-uint32(next-from))
	return slices.Concat(data[:from], data[next:end], tail)
}

// described says checksum and sizes of the last file of an archive behind its content instead of before it.
func described(data, descriptor []byte) []byte {
	data = bytes.Clone(data)
	last, list, lastListed, end := bytes.LastIndex(data, []byte("PK\x03\x04")), bytes.Index(data, []byte("PK\x01\x02")),
		bytes.LastIndex(data, []byte("PK\x01\x02")), len(data)-22
	data[last+6], data[lastListed+8] = 8, 8
	clear(data[last+14 : last+26])
	binary.LittleEndian.PutUint32(data[end+16:], uint32(list+len(descriptor)))
	return slices.Concat(data[:list], descriptor, data[list:])
}

// descriptor is what stands behind the last file of an archive that is described as it is.
func descriptor(data []byte) []byte {
	lastListed := bytes.LastIndex(data, []byte("PK\x01\x02"))
	return slices.Concat([]byte("PK\x07\x08"), data[lastListed+16:lastListed+28])
}

// overlapping has a file whose content is the whole entry of the next one, header included: the list has both.
func overlapping(t testing.TB) []byte {
	t.Helper()
	inner := stored(t, entry{"zz.png", []byte("logo")})
	inner = inner[:listed(inner, "zz.png")]
	all := stored(t, signedEntries(t, pkpass.NewFile("zy.png", inner), pkpass.NewFile("zz.png", []byte("logo")))...)
	return patched(all, listed(all, "zz.png")+42, uint32(bytes.Index(all, inner)))
}

// overlappingBomb lists one file of two megabytes forty times.
func overlappingBomb(t testing.TB) []byte {
	t.Helper()
	data := bomb(t, bombSize+1)
	from, end := listed(data, logoFile.Name()), len(data)-22
	const times = 40
	more := bytes.Repeat(data[from:from+46+len(logoFile.Name())], times)
	tail := bytes.Clone(data[end:])
	addTo16(tail[8:], times)
	addTo16(tail[10:], times)
	binary.LittleEndian.PutUint32(tail[12:], binary.LittleEndian.Uint32(tail[12:])+uint32(len(more)))
	return slices.Concat(data[:end], more, tail)
}

// listed is where the list of files has a name.
func listed(archive []byte, name string) int { return bytes.LastIndex(archive, []byte(name)) - 46 }

func addTo16(field []byte, n int) {
	binary.LittleEndian.PutUint16(field, uint16(int(binary.LittleEndian.Uint16(field))+n))
}

const bombSize = 258 << 13 // bytes

// bomb has a logo.png of zeros that says it unpacks to some bytes.
func bomb(t testing.TB, says uint64) []byte {
	t.Helper()
	zeros, packed := make([]byte, bombSize+1), deflatedRun(bombSize)
	entries := signedEntries(t, pkpass.NewFile(logoFile.Name(), zeros))
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == logoFile.Name() })
	entries[i].data = packed
	return storedWith(t, func(h *zip.FileHeader) {
		h.Method, h.CRC32, h.UncompressedSize64 = zip.Deflate, crc32.ChecksumIEEE(zeros), says
	}, entries...)
}

// deflatedRun is a zero and size more, a multiple of 258, as one block of fixed codes (RFC 1951, section 3.2.6).
func deflatedRun(size int) []byte {
	var out []byte
	var bits, count uint
	put := func(value, n uint) { // the lowest bit first
		for bits, count = bits|value<<count, count+n; count >= 8; bits, count = bits>>8, count-8 {
			out = append(out, byte(bits))
		}
	}
	put(0b011, 3)      // the last block, fixed codes
	put(0b00001100, 8) // a zero: code 00110000, its highest bit first
	for range size / 258 {
		put(0b10100011, 8) // a length of 258: code 11000101
		put(0, 5)          // from one byte before
	}
	put(0, 7+7) // the end of the block, and the rest of a byte
	return out
}

// zip64End is the long form of an archive's end, and what leads to it, with a list of this length.
func zip64End(size uint64) []byte {
	end := make([]byte, 56+20)
	copy(end, "PK\x06\x06")
	binary.LittleEndian.PutUint64(end[4:], 44)
	binary.LittleEndian.PutUint64(end[40:], size)
	copy(end[56:], "PK\x06\x07")
	binary.LittleEndian.PutUint32(end[72:], 1)
	return end
}
