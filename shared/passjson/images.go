package passjson

import (
	"image"
	"maps"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// ValidateImages returns everything wrong with the images of a pass. sizes holds their pixels by name in the package:
// "icon@2x.png", "de.lproj/logo.png". folders names the language folders of the package ("de.lproj"), also those without
// an image; folders that sizes names need not be repeated. Names that are no image of a pass, by folder or extension, are
// passed over (PKG-4). The path of a finding is the name of the file. Only a missing icon (PKG-2) and R13 are errors.
// https://developer.apple.com/documentation/walletpasses/creating-the-source-for-a-pass
func ValidateImages(pass map[string]any, sizes map[string]image.Point, folders []string) wallet.Findings {
	c := &imageChecker{table: passKeys(), pass: pass, files: parseImages(sizes)}
	c.drawings = byImage(c.files)
	c.folders = languageFolders(c.files, folders)
	c.icon()
	c.stripWins()
	c.posterPicture()
	c.sizes()
	c.unused()
	for _, name := range slices.Sorted(maps.Keys(c.table.Images)) {
		if d := c.drawings[name]; d != nil {
			c.scales(name, d)
			c.localized(name, d)
		}
	}
	return c.findings
}

// An imageChecker is one validation of images under way.
type imageChecker struct {
	table    *table
	pass     map[string]any
	files    []imageFile
	drawings map[string]drawing
	folders  []string // of languages
	findings wallet.Findings
}

func languageFolders(files []imageFile, folders []string) []string {
	all := slices.Clone(folders)
	for _, f := range files {
		if f.folder != "" {
			all = append(all, f.folder)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// icon is PKG-2: the only image without which a phone refuses the pass.
func (c *imageChecker) icon() {
	if c.drawings["icon"] == nil {
		c.findings.Errorf("icon.png", "PKG-2", "a phone refuses a pass without icon; add icon.png, icon@2x.png and icon@3x.png")
	}
}

// stripWins is R13: an event ticket with a strip draws neither background nor thumbnail. A poster event ticket draws the
// background of its own, and the strip in the fallback.
func (c *imageChecker) stripWins() {
	if _, ok := c.pass[eventTicket]; !ok || c.drawings["strip"] == nil {
		return
	}
	poster := slices.Contains(schemesIn(c.pass), posterEventTicket)
	for _, f := range c.files {
		if f.image == "thumbnail" || f.image == "background" && !poster {
			c.findings.Errorf(f.name, "R13", "an event ticket with strip does not draw %s; remove one of the two", f.image)
		}
	}
}

// posterPicture is STY-4 for images: the poster layouts need a picture.
func (c *imageChecker) posterPicture() {
	if c.drawings["artwork"] != nil || c.drawings["background"] != nil {
		return
	}
	if _, ok := c.pass[eventTicket]; ok && slices.Contains(schemesIn(c.pass), posterEventTicket) {
		c.findings.Warnf("artwork.png", "STY-4", "without artwork or background Wallet falls back from %s to the layout of %s; add one of them",
			posterEventTicket, eventTicket)
	}
	if _, ok := c.pass[posterGeneric]; ok {
		c.findings.Warnf("artwork.png", "STY-4", "%s has no picture; add artwork or background", posterGeneric)
	}
}

// sizes warns of pixels that do not fit the design: such an image is scaled or cropped, not refused.
func (c *imageChecker) sizes() {
	style, _ := Style(c.pass)
	for _, f := range c.files {
		if fault := c.table.Images[f.image].fault(f, style); fault != "" {
			c.findings.Warnf(f.name, "IMAGE-SIZE", "the image of %dx%d pixels %s", f.size.X, f.size.Y, fault)
		}
	}
}

// unused warns of images that the style does not draw.
func (c *imageChecker) unused() {
	styles := stylesIn(c.pass)
	if len(styles) == 0 {
		return
	}
	drawn := c.drawnBy(styles)
	for _, f := range c.files {
		if !slices.Contains(drawn, f.image) {
			c.findings.Warnf(f.name, "IMAGE-UNUSED", "%s does not draw %.40q; remove it, or check its name",
				strings.Join(styles, " with "), f.image)
		}
	}
}

// drawnBy lists the images of the styles and of their preferred schemes. personalizationLogo belongs to the sign-up form,
// whatever the style.
func (c *imageChecker) drawnBy(styles []string) []string {
	drawn := []string{"personalizationLogo"}
	for _, name := range styles {
		drawn = append(drawn, c.table.Styles[name].Images...)
	}
	for _, name := range schemesIn(c.pass) {
		scheme := c.table.Schemes[name]
		if !slices.Contains(styles, scheme.Style) {
			continue
		}
		drawn = append(drawn, scheme.Images...)
		if name == semanticBoardingPass {
			drawn = append(drawn, "primaryLogo") // the table lists no images for it; logo is its fallback
		}
	}
	return drawn
}

// scales warns of a drawing without the two scales that today's screens use.
func (c *imageChecker) scales(name string, d drawing) {
	for _, scale := range []int{2, 3} {
		if atRoot, ok := d[""]; ok {
			c.scale(name, "", atRoot, scale)
		} else {
			c.scale(name, d.localized()[0], d.union(), scale)
		}
	}
}

func (c *imageChecker) scale(name, folder string, there scales, scale int) {
	if !there[scale] {
		c.findings.Warnf(imageName(folder, name, scale), "IMAGE-SCALE", "without @%dx the image is blurred on such screens; add it", scale)
	}
}

// localized applies the rules about images of language folders.
func (c *imageChecker) localized(name string, d drawing) {
	folders := d.localized()
	if len(folders) == 0 {
		return
	}
	if _, ok := d[""]; ok {
		c.rootWins(name, d, folders)
		return
	}
	for _, folder := range c.folders {
		if _, ok := d[folder]; !ok {
			c.findings.Warnf(imageName(folder, name, 1), "LOC-7", "%s is in other language folders but not here; add it, or keep one at the root",
				name)
		}
	}
	c.sameScales(name, d, folders)
}

// rootWins is the half of LOC-7 about an image that is both at the root and in a language folder.
func (c *imageChecker) rootWins(name string, d drawing, folders []string) {
	for _, folder := range folders {
		for scale, there := range d[folder] {
			if there {
				c.findings.Warnf(imageName(folder, name, scale), "LOC-7", "the image at the root wins; remove that one or this")
			}
		}
	}
}

// sameScales is LOC-6: a localized image is there at the same scales in each folder that has it.
func (c *imageChecker) sameScales(name string, d drawing, folders []string) {
	for scale, anywhere := range d.union() {
		for _, folder := range folders {
			if anywhere && !d[folder][scale] {
				c.findings.Warnf(imageName(folder, name, scale), "LOC-6", "other language folders have this scale; add it here")
			}
		}
	}
}
