package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// An orientation says how a camera was held: the value of EXIF's tag 0x0112, 1 to 8. From 5 on, rows and columns change places.
// https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.6.4
type orientation int

const upright orientation = 1

// exifOrientation reads the orientation from an APP1 segment: "Exif", and a TIFF header with its first directory. What cannot
// be read leaves the picture upright.
func exifOrientation(segment []byte) orientation {
	tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at:]
	count := int(order.Uint16(entries))
	for entries = entries[2:]; count > 0 && len(entries) >= 12; entries, count = entries[12:], count-1 {
		if order.Uint16(entries) != 0x0112 {
			continue
		}
		if o := orientation(order.Uint16(entries[8:])); 1 <= o && o <= 8 {
			return o
		}
		break
	}
	return upright
}

// size is the size of the upright picture, of the stored one.
func (o orientation) size(stored image.Point) image.Point {
	if o >= 5 {
		return image.Pt(stored.Y, stored.X)
	}
	return stored
}

// apply turns a stored picture, whose bounds begin at zero, upright.
func (o orientation) apply(stored *image.RGBA) *image.RGBA {
	if o == upright {
		return stored
	}
	size := stored.Bounds().Size()
	turned := image.NewRGBA(image.Rectangle{Max: o.size(size)})
	for y := range size.Y {
		for x := range size.X {
			to := o.at(x, y, size.X-1, size.Y-1)
			copy(turned.Pix[turned.PixOffset(to.X, to.Y):], stored.Pix[stored.PixOffset(x, y):][:4])
		}
	}
	return turned
}

// at is where the stored pixel (x, y) belongs; right and bottom are the last column and row as stored.
func (o orientation) at(x, y, right, bottom int) image.Point {
	switch o {
	case 2:
		return image.Pt(right-x, y)
	case 3:
		return image.Pt(right-x, bottom-y)
	case 4:
		return image.Pt(x, bottom-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(bottom-y, x)
	case 7:
		return image.Pt(bottom-y, right-x)
	case 8:
		return image.Pt(y, right-x)
	}
	return image.Pt(x, y)
}
