package picture

import (
	"encoding/binary"
	"fmt"
	"image"

	"walletpasses.example/server/shared/wallet"
)

// maxLossless is the most bytes of pixels without loss in a WebP picture. Each may cost the decoder two hundred bytes of
// tables, whatever the size of the picture.
const maxLossless = 256 << 10

// webpHeader holds the limit of lossless pixels, which transparency may be too. Decoding those takes up to 16 bytes for a
// pixel: levels, and as many again for each of the transformations that are undone. Decoding lossy ones takes under three.
func webpHeader(data []byte, _ image.Config) (header, error) {
	h := header{3, upright}
	for rest := data[12:]; len(rest) >= 8; {
		kind, length := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		if kind == "VP8L" || kind == "ALPH" {
			h.perPixel = 16
			if length > maxLossless {
				return header{}, fmt.Errorf("%w: the WebP picture has %d bytes without loss, at most %d; use PNG instead",
					wallet.ErrInvalid, length, maxLossless)
			}
		}
		rest = rest[min(8+length+length&1, len(rest)):]
	}
	return h, nil
}
