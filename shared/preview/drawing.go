package preview

import (
	"walletpasses.example/server/shared/locale"
	"walletpasses.example/server/shared/pkpass"
)

// A drawing is one pass while it is drawn for one viewer.
type drawing struct {
	pass        dictionary
	semantics   dictionary
	groups      dictionary // the field groups of the style that is drawn
	source      pkpass.Source
	translation translation
	locale      locale.Locale
	viewer      Viewer
	layout      string
	sized       []image // those that the stylesheet of this card has the sizes of
}

func newDrawing(pass dictionary, source pkpass.Source, v Viewer) *drawing {
	d := &drawing{pass: pass, semantics: pass.dictionary("semantics"), source: source, viewer: v}
	d.locale = locale.Match(v.AcceptLanguage)
	d.translation = translate(source, v.AcceptLanguage, d.locale)
	d.layout = layoutOf(pass, d.poster().URL != "")
	d.groups = pass.dictionary(styleOf(pass))
	if d.layout == posterGeneric {
		d.groups = pass.dictionary(posterGeneric)
	}
	return d
}

// image returns an image of the pass in the viewer's language.
func (d *drawing) image(name string) image { return imageOf(d.source, d.translation.folder, name) }

// imageWithin returns an image of the pass at its own size, made smaller where it would be wider or higher than that in points.
func (d *drawing) imageWithin(name string, width, height float64) image {
	found := d.image(name).within(width, height)
	if found.URL != "" {
		found.Class = name
		d.sized = append(d.sized, found)
	}
	return found
}

// poster is the picture of the poster layouts.
func (d *drawing) poster() image {
	if artwork := d.image("artwork"); artwork.URL != "" {
		return artwork
	}
	return d.image("background")
}

// line translates a text and makes it one that fits a line.
func (d *drawing) line(text string, most int) string { return line(d.translation.text(text), most) }
