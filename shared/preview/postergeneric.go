package preview

import "slices"

// A poster is a generic pass of iOS 27: fields over a picture, the code below it.
// https://developer.apple.com/documentation/walletpasses/creating-a-poster-generic-pass
type poster struct {
	Artwork, Logo image
	Header        row
	Primary       []row // of two fields each
	Footer        row
	Code          code
}

// posterGeneric lays out a poster generic pass.
func (d *drawing) posterGeneric() face {
	logo := d.imageWithin("primaryLogo", 126, 30)
	footerRoom := rowWidth
	if isSquare(d.pass) {
		const tile = 96 + 15 // with its margin
		footerRoom -= tile
	}
	p := poster{
		Artwork: d.poster(), Logo: logo, Header: d.header(1, besides(logo)),
		Footer: alone(d.group("footerFields", 1), valueSize, footerRoom), Code: d.code(),
	}
	for pair := range slices.Chunk(unaligned(d.group("primaryFields", 4)), 2) {
		p.Primary = append(p.Primary, inRow(pair, valueSize, rowWidth))
	}
	return face{"poster.html", p}
}
