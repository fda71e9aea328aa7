package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// maxScans is more passes over a progressive JPEG than any encoder makes. Each costs the decoder time for the whole
// picture but the file only a few bytes.
const maxScans = 64

// Markers of JPEG segments (ITU-T T.81, table B.1).
const (
	markerStartOfScan = 0xda
	markerAPP1        = 0xe1 // EXIF
)

// A jpegHeader is what a JPEG file says before its pixels.
type jpegHeader struct {
	progressive bool
	samples     float64 // per pixel, all components together
	orientation orientation
}

// perPixel is what decoding takes: the samples, for a progressive picture also its coefficients of four bytes each, and
// four bytes for a conversion to RGB or CMYK.
func (h jpegHeader) perPixel() float64 {
	if h.progressive {
		return 5*h.samples + 4
	}
	return h.samples + 4
}

// readJPEG walks the segments up to the first scan. The error is of kind [wallet.ErrInvalid].
func readJPEG(data []byte) (jpegHeader, error) {
	h := jpegHeader{orientation: upright}
	if n := bytes.Count(data, []byte{0xff, markerStartOfScan}); n > maxScans {
		return h, fmt.Errorf("%w: the JPEG picture has %d scans, at most %d; export it again without progressive mode", wallet.ErrInvalid, n, maxScans)
	}
	for rest := data[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if length < 2 || 2+length > len(rest) || bare(marker) {
			break
		}
		segment := rest[4 : 2+length]
		rest = rest[2+length:]
		switch {
		case marker == markerStartOfScan && h.samples > 0:
			return h, nil
		case marker == markerAPP1:
			if o, ok := exifOrientation(segment); ok {
				h.orientation = o
			}
		case 0xc0 <= marker && marker <= 0xc2 && h.samples == 0:
			h.progressive, h.samples = marker == 0xc2, samplesPerPixel(segment)
		}
	}
	return h, fmt.Errorf("%w: the JPEG picture is damaged or cut off before its pixels; export it again", wallet.ErrInvalid)
}

// bare reports a marker that no length follows, or one without meaning: what a decoder does about it here is not sure.
func bare(marker byte) bool {
	return marker < 0xc0 || 0xd0 <= marker && marker <= 0xd9 || marker == 0xff
}

// samplesPerPixel reads the sampling factors of a frame header (T.81, B.2.2); 0 when it is cut off.
func samplesPerPixel(frame []byte) float64 {
	if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) {
		return 0
	}
	all, across, down := 0, 1, 1
	for i := range int(frame[5]) {
		h, v := int(frame[7+3*i]>>4), int(frame[7+3*i]&15)
		all, across, down = all+h*v, max(across, h), max(down, v)
	}
	return float64(all) / float64(across*down)
}
