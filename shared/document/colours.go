package document

import (
	"maps"
	"path"

	"walletpasses.example/server/shared/picture"
)

// auto, as a colour of a pass, means one taken from the logo.
const auto = "auto"

// colours replaces "auto", and warns of text that cannot be read.
func (f *fitting) colours() {
	pass := f.rendering.Pass
	if pass["backgroundColor"] == auto {
		f.fromLogo(pass)
	}
	background, err := colour(pass, "backgroundColor")
	if err != nil {
		return // there is none, or it was found wanting
	}
	f.legible("foregroundColor", background, picture.ForegroundContrast)
	f.legible("labelColor", background, picture.LabelContrast)
}

func (f *fitting) legible(key string, background picture.Color, least float64) {
	text, err := colour(f.rendering.Pass, key)
	if err != nil {
		return
	}
	if contrast := picture.Contrast(text, background); contrast < least {
		f.findings.Warnf("pass.json#/"+key, "COLOR-CONTRAST",
			"has a contrast of %.1f to backgroundColor, and can hardly be read; take a colour with %.1f or more", contrast, least)
	}
}

func colour(pass map[string]any, key string) (picture.Color, error) {
	text, _ := pass[key].(string)
	return picture.ParseColor(text)
}

// fromLogo takes the colours that the pass leaves open from its logo, or its icon.
func (f *fitting) fromLogo(pass map[string]any) {
	if f.rendering.Source == nil { // the pass is refused already, and its files are not at hand
		withoutAuto(pass)
		return
	}
	logo := f.sharpest("logo")
	if logo == nil {
		logo = f.sharpest("icon")
	}
	colours, err := f.Drawings.Palette(logo)
	if err != nil {
		f.findings.Errorf("pass.json#/backgroundColor", "COLOR-AUTO", "auto takes the colours from the logo, and there is none; add one, or give a colour")
		withoutAuto(pass)
		return
	}
	set := func(key string, c picture.Color) {
		if given, ok := pass[key]; !ok || given == auto {
			pass[key], f.changed = c.String(), true
		}
	}
	set("backgroundColor", colours.Background)
	set("foregroundColor", colours.Foreground)
	set("labelColor", colours.Label)
}

// withoutAuto takes the word out of a pass that is refused, so that nothing more is found about it.
func withoutAuto(pass map[string]any) {
	maps.DeleteFunc(pass, func(key string, value any) bool {
		return value == auto && (key == "backgroundColor" || key == "foregroundColor" || key == "labelColor")
	})
}

// sharpest returns the file of an image at its largest scale, at the root or, where it is not there, of the first language; nil
// where there is no such image.
func (f *fitting) sharpest(name string) []byte {
	for _, scale := range []string{"@3x", "@2x", ""} {
		for _, file := range f.files {
			if path.Base(file.Name()) == name+scale+".png" {
				return file.Data()
			}
		}
	}
	return nil
}
