package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// maxWork bounds the samples of a JPEG that all its scans go over. Each scan costs the decoder time for the whole picture but
// the file only a few bytes. The usual ten scans of a progressive picture go over some eight samples for each pixel.
const maxWork = 80_000_000

// Markers of JPEG segments (ITU-T T.81, table B.1).
const (
	markerBaseline    = 0xc0 // the first of three frames: baseline, extended, progressive
	markerProgressive = 0xc2
	markerRestart     = 0xd0 // the first of eight, without a segment
	markerEndOfImage  = 0xd9
	markerStartOfScan = 0xda
	markerAPP1        = 0xe1 // EXIF
	markerAPP14       = 0xee // Adobe
)

// A jpegFile is what a JPEG file says beside its pixels.
type jpegFile struct {
	progressive bool
	components  map[byte]float64 // samples per pixel, by name
	samples     float64          // per pixel, all components together; 0 without a frame
	converted   bool             // to RGB or CMYK, after decoding
	scans       int
	work        float64 // samples per pixel that the scans go over, all together
	orientation orientation
}

func jpegHeader(data []byte, config image.Config) (header, error) {
	f := readJPEG(data)
	if f.samples == 0 || f.scans == 0 {
		return header{}, fmt.Errorf("%w: the JPEG picture is damaged or cut off before its pixels; export it again", wallet.ErrInvalid)
	}
	if float64(config.Width*config.Height)*f.work > maxWork {
		return header{}, fmt.Errorf("%w: the JPEG picture of %dx%d pixels has too many scans, %d; export it again without progressive mode, or smaller",
			wallet.ErrInvalid, config.Width, config.Height, f.scans)
	}
	return header{f.perPixel(), f.orientation}, nil
}

// perPixel is the bytes that decoding takes: the samples, for a progressive picture also its coefficients of four bytes
// each, and four bytes for a conversion.
func (f jpegFile) perPixel() float64 {
	bytes := f.samples
	if f.progressive {
		bytes += 4 * f.samples
	}
	if f.converted {
		bytes += 4
	}
	return bytes
}

// readJPEG walks all segments up to the end of the image, as the decoder does; what cameras append to it, such as a film,
// is left alone.
func readJPEG(data []byte) jpegFile {
	f := jpegFile{orientation: upright}
	for marker, rest := nextMarker(data[2:]); marker != markerEndOfImage && len(rest) >= 2; marker, rest = nextMarker(rest) {
		length := int(binary.BigEndian.Uint16(rest))
		if length < 2 || length > len(rest) {
			break
		}
		f.add(marker, rest[2:length])
		rest = rest[length:]
	}
	return f
}

func (f *jpegFile) add(marker byte, segment []byte) {
	switch {
	case marker == markerStartOfScan:
		f.addScan(segment)
	case marker == markerAPP1 && f.orientation == upright:
		f.orientation = exifOrientation(segment)
	case marker == markerAPP14 && len(segment) >= 12 && segment[11] == 0: // by Adobe, without luminance and chrominance
		f.converted = true
	case markerBaseline <= marker && marker <= markerProgressive && f.samples == 0:
		f.progressive = marker == markerProgressive
		f.addFrame(segment)
	}
}

// addFrame reads the sampling factors of a frame header (T.81, B.2.2), and whether it has the components of RGB or CMYK.
func (f *jpegFile) addFrame(frame []byte) {
	if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) {
		return
	}
	f.components = make(map[byte]float64)
	across, down := 1, 1
	var names []byte
	for component := range slices.Chunk(frame[6:6+3*int(frame[5])], 3) {
		h, v := int(component[1]>>4), int(component[1]&15)
		across, down = max(across, h), max(down, v)
		names = append(names, component[0])
		f.components[component[0]] = float64(h * v)
	}
	for _, name := range names {
		f.components[name] /= float64(across * down)
		f.samples += f.components[name]
	}
	f.converted = f.converted || len(names) == 4 || string(names) == "RGB"
}

// addScan reads the components of a scan header (T.81, B.2.3).
func (f *jpegFile) addScan(scan []byte) {
	f.scans++
	if len(scan) < 1 || len(scan) < 1+2*int(scan[0]) {
		return
	}
	for component := range slices.Chunk(scan[1:1+2*int(scan[0])], 2) {
		f.work += f.components[component[0]]
	}
}

// nextMarker finds the next marker that begins a segment, and what follows it. Between segments lie the pixels of a scan, in
// which 0xff is followed by 0x00 or a restart marker. Without any more the image is at its end.
func nextMarker(data []byte) (marker byte, rest []byte) {
	for {
		at := bytes.IndexByte(data, 0xff)
		if at < 0 || at+1 == len(data) {
			return markerEndOfImage, nil
		}
		switch marker, rest = data[at+1], data[at+2:]; {
		case marker == 0xff: // any number of them may stand before a marker
			data = data[at+1:]
		case marker == 0, markerRestart <= marker && marker < markerRestart+8:
			data = rest
		default:
			return marker, rest
		}
	}
}
