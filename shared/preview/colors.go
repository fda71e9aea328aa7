package preview

import (
	"walletpasses.example/server/shared/picture"
)

// A palette is the colours of a pass. They are parsed and written anew, so that nothing of pass.json gets into a stylesheet.
type palette struct {
	background, foreground, label, strip, footer picture.Color
}

var (
	black = picture.Color{}
	white = picture.Color{R: 255, G: 255, B: 255}
)

// paletteOf reads the colours of a pass. What is missing or no colour is chosen to be readable on the background, as Wallet does.
func paletteOf(pass dictionary) palette {
	background := colorOf(pass, "backgroundColor", white)
	contrasting := white
	if picture.Contrast(background, black) > picture.Contrast(background, white) {
		contrasting = black
	}
	foreground := colorOf(pass, "foregroundColor", contrasting)
	return palette{
		background: background,
		foreground: foreground,
		label:      colorOf(pass, "labelColor", foreground),
		strip:      colorOf(pass, "stripColor", background),
		footer:     colorOf(pass, "footerBackgroundColor", background),
	}
}

func colorOf(pass dictionary, key string, otherwise picture.Color) picture.Color {
	color, err := picture.ParseColor(pass.text(key))
	if err != nil {
		return otherwise
	}
	return color
}
