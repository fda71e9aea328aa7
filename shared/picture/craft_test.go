package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// What follows makes files that no encoder would: small ones that cost a decoder much.

// chunked puts chunks in front of the pixels of a PNG: kind and content in turns.
func chunked(file []byte, kind string, content []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	chunk = append(append(chunk, kind...), content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 33 // the signature and IHDR
	return append(append(bytes.Clone(file[:header]), chunk...), file[header:]...)
}

// progressive is a grey JPEG whose scans each hold nothing but runs of blocks without a coefficient, except the first one.
func progressive(w, h, scans int) []byte {
	table := func(class, symbol byte) []byte { // of one code, a bit long
		return segment(0xc4, append(append([]byte{class, 1}, make([]byte, 15)...), symbol)...)
	}
	blocks := (w + 7) / 8 * ((h + 7) / 8)
	parts := [][]byte{
		{0xff, 0xd8}, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...),
		segment(0xc2, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 1, 1, 0x11, 0), table(0x00, 0), table(0x10, 0xe0),
		segment(0xda, 1, 1, 0, 0, 0, 0x01), make([]byte, blocks/8+1),
	}
	for range scans - 1 {
		parts = append(parts, segment(0xda, 1, 1, 0, 1, 63, 0x10), make([]byte, 2*(blocks>>14+2)))
	}
	return append(bytes.Join(parts, nil), 0xff, 0xd9)
}

// riff is a WebP file of one chunk.
func riff(kind string, content []byte) []byte {
	if len(content)%2 == 1 {
		content = append(content, 0)
	}
	file := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(content)+12))...)
	file = append(append(file, "WEBP"...), kind...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(content)))
	return append(file, content...)
}

// webpPhotograph is a lossy WebP whose every bit is 0, which is a grey area.
func webpPhotograph(w, h, modes, coefficients int) []byte {
	tag := uint32(modes)<<5 | 1<<4
	head := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
	return riff("VP8 ", append(head, make([]byte, modes+coefficients)...))
}

// A bitWriter writes from the lowest bit of a byte on, as lossless WebP does (RFC 9649, 3).
type bitWriter struct {
	data []byte
	bits int
}

func (w *bitWriter) put(value uint32, bits int) {
	for i := range bits {
		if w.bits%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[len(w.data)-1] |= byte(value>>i&1) << (w.bits % 8)
		w.bits++
	}
}

// single writes a code of one symbol, 0, which takes no bits.
func (w *bitWriter) single() { w.put(1, 4) }

// full writes a code of n symbols, as even as can be: some of a length, the others a bit longer (RFC 9649, 3.7.2.1).
func (w *bitWriter) full(n int) {
	length := 0
	for 2<<length <= n {
		length++
	}
	short := 2<<length - n
	w.put(0, 1)
	w.put(15, 4)
	ofLength, ofNext := uint32(1), uint32(0) // the lengths of the codes for code lengths
	if short < n {
		ofLength, ofNext = 2, 2
	}
	for _, symbol := range []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		switch symbol {
		case 16: // the length before, three to six times more
			w.put(1, 3)
		case length:
			w.put(ofLength, 3)
		case length + 1:
			w.put(ofNext, 3)
		default:
			w.put(0, 3)
		}
	}
	w.put(0, 1)
	if short == n {
		w.repeat(n, func() { w.put(0, 1) }, 1)
		return
	}
	w.repeat(short, func() { w.put(0b01, 2) }, 0)
	w.repeat(n-short, func() { w.put(0b11, 2) }, 0)
}

func (w *bitWriter) repeat(n int, literal func(), again uint32) {
	literal()
	for n--; n >= 3; n -= min(6, n) {
		w.put(again, 1)
		w.put(uint32(min(6, n)-3), 2)
	}
	for ; n > 0; n-- {
		literal()
	}
}

// reversed writes a code, which begins with its highest bit.
func (w *bitWriter) reversed(code, bits int) {
	for i := bits - 1; i >= 0; i-- {
		w.put(uint32(code>>i), 1)
	}
}

// webpTables is a lossless WebP of side times side pixels with as many groups of the largest tables, and without pixels; of
// none it is a picture of one colour.
func webpTables(side, groups int) []byte {
	w := new(bitWriter)
	w.put(0x2f, 8)
	w.put(uint32(side-1), 14)
	w.put(uint32(side-1), 14)
	w.put(0, 5) // alpha, version, transformations
	if groups == 0 {
		w.put(0, 2) // colour cache, groups
		for range 5 {
			w.single()
		}
		return riff("VP8L", append(w.data, 0, 0, 0, 0))
	}
	w.put(0b1011_1, 5) // a colour cache of 11 bits
	w.put(0b000_1, 4)  // groups for tiles of 4x4
	w.put(0, 1)
	w.full(280)
	w.full(256)
	for range 3 {
		w.single()
	}
	for i := range (side + 3) / 4 * ((side + 3) / 4) {
		if low := i % groups & 255; low < 232 {
			w.reversed(low, 8)
		} else {
			w.reversed(232+low, 9)
		}
		w.reversed(i%groups>>8, 8)
	}
	for range groups {
		for _, symbols := range []int{280 + 2048, 256, 256, 256, 40} {
			w.full(symbols)
		}
	}
	return riff("VP8L", append(w.data, 0, 0, 0, 0))
}

// deflateBomb is so many megabytes of zeros, compressed.
func deflateBomb(t testing.TB, megabytes int) []byte {
	var file bytes.Buffer
	w := zlib.NewWriter(&file)
	zeros := make([]byte, 1<<20)
	for range megabytes {
		_, err := w.Write(zeros)
		check(t, err)
	}
	check(t, w.Close())
	return file.Bytes()
}

// withPixels replaces the pixels of a PNG, compressed.
func withPixels(file, pixels []byte) []byte {
	at := bytes.Index(file, []byte("IDAT")) - 4
	end := at + 12 + int(binary.BigEndian.Uint32(file[at:]))
	without := append(bytes.Clone(file[:at]), file[end:]...)
	return chunked(without, "IDAT", pixels)
}

// lyingLength is a WebP that says to be two gigabytes long.
func lyingLength(file []byte) []byte {
	file = bytes.Clone(file)
	binary.LittleEndian.PutUint32(file[4:], 1<<31-2)
	binary.LittleEndian.PutUint32(file[16:], 1<<31-20)
	return file
}

// transparentWebP has the pixels of a lossless WebP as its transparency.
func transparentWebP(lossless []byte) []byte {
	content := lossless[20+5:] // after the size
	alpha := riff("ALPH", append([]byte{1}, content...))[12:]
	extended := webpClaiming(208, 208)
	const head = 30 // up to the chunk VP8X
	file := append(bytes.Clone(extended[:head]), append(alpha, extended[head:]...)...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}
