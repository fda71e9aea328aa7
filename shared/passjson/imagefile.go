package passjson

import (
	"fmt"
	"image"
	"maps"
	"path"
	"slices"
	"strings"
)

// An imageFile is one image of a pass package.
type imageFile struct {
	name   string // as in the package: "de.lproj/logo@2x.png"
	folder string // "de.lproj", or "" at the root
	image  string // "logo"
	scale  int    // 1, 2 or 3
	size   image.Point
}

// parseImages reads the names of images, in their order. It leaves out what a phone does not read as one: other
// extensions, and folders that are not of a language.
func parseImages(sizes map[string]image.Point) []imageFile {
	files := make([]imageFile, 0, len(sizes))
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		folder, base := path.Split(name)
		folder = strings.TrimSuffix(folder, "/")
		stem, png := strings.CutSuffix(base, ".png")
		if !png || folder != "" && (path.Ext(folder) != ".lproj" || strings.Contains(folder, "/")) {
			continue
		}
		image, scale := cutScale(stem)
		files = append(files, imageFile{name: name, folder: folder, image: image, scale: scale, size: sizes[name]})
	}
	return files
}

// cutScale takes the scale off the name of an image.
func cutScale(stem string) (image string, scale int) {
	if image, ok := strings.CutSuffix(stem, "@2x"); ok {
		return image, 2
	}
	if image, ok := strings.CutSuffix(stem, "@3x"); ok {
		return image, 3
	}
	return stem, 1
}

// imageName is the name of an image file in the package.
func imageName(folder, image string, scale int) string {
	name := image + ".png"
	if scale > 1 {
		name = fmt.Sprintf("%s@%dx.png", image, scale)
	}
	return path.Join(folder, name)
}

// A drawing is one image in all its files: by folder, the scales it is there at.
type drawing map[string]scales

type scales [4]bool // by scale, from 1

// byImage groups files by what they show.
func byImage(files []imageFile) map[string]drawing {
	drawings := make(map[string]drawing)
	for _, f := range files {
		if drawings[f.image] == nil {
			drawings[f.image] = make(drawing)
		}
		s := drawings[f.image][f.folder]
		s[f.scale] = true
		drawings[f.image][f.folder] = s
	}
	return drawings
}

// localized lists the language folders that have the image.
func (d drawing) localized() []string {
	folders := slices.Sorted(maps.Keys(d))
	return slices.DeleteFunc(folders, func(folder string) bool { return folder == "" })
}

// union is the scales that any language folder has.
func (d drawing) union() scales {
	var all scales
	for folder, there := range d {
		for scale := range there {
			all[scale] = all[scale] || folder != "" && there[scale]
		}
	}
	return all
}
