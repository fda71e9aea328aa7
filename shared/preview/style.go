package preview

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed styles/*.css
var styleFiles embed.FS

// styleSheets are the files of each layout, in the order in which they build on each other.
var styleSheets = map[string][]string{
	boardingPass:         {"card", "classic", "boarding"},
	coupon:               {"card", "classic", "strip", "coupon"},
	eventTicket:          {"card", "classic", "strip", "plain", "event"},
	generic:              {"card", "classic", "plain"},
	storeCard:            {"card", "classic", "strip"},
	posterGeneric:        {"card", "poster"},
	posterEventTicket:    {"card", "poster", "ticket"},
	semanticBoardingPass: {"card", "journey"},
}

// Stylesheet is everything that several cards on one page need, for one <style> element.
func Stylesheet(cards ...Card) string {
	var files []string
	var own []string
	for _, c := range cards {
		files = append(files, styleSheets[c.Layout]...)
		own = append(own, c.own)
	}
	files = append(files, "back")
	var b strings.Builder
	for i, name := range files {
		if slices.Index(files, name) == i {
			b.WriteString(sheets()[name])
		}
	}
	slices.Sort(own)
	for _, rules := range slices.Compact(own) {
		b.WriteString(rules)
	}
	return b.String()
}

// sheets are the files, by name, as short as they can be sent.
var sheets = sync.OnceValue(func() map[string]string {
	short := make(map[string]string)
	files, _ := fs.Glob(styleFiles, "styles/*.css") // the pattern is well formed, which is all that can be wrong
	for _, file := range files {
		text, err := styleFiles.ReadFile(file)
		if err != nil {
			panic(err) // the files are compiled in, and every test reads them
		}
		short[strings.TrimSuffix(path.Base(file), ".css")] = squeezed(string(text))
	}
	return short
})

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces   = regexp.MustCompile(`\s+`)
	around   = regexp.MustCompile(` ?([{},;>]) ?`)
)

// squeezed is CSS without comments, and without the spaces that mean nothing in these files.
func squeezed(css string) string {
	css = spaces.ReplaceAllString(comments.ReplaceAllString(css, ""), " ")
	css = around.ReplaceAllString(css, "$1")
	return strings.TrimSpace(strings.NewReplacer(": ", ":", ";}", "}", ") * ", ")*").Replace(css)) + "\n"
}

// ownStyle returns the rules for this card alone, its colours and the sizes of its images, and the class that they are for:
// named by what they say, so that two cards on one page do not disturb each other.
func (d *drawing) ownStyle() (class, rules string) {
	p := paletteOf(d.pass)
	colors := fmt.Sprintf("{--background:%v;--foreground:%v;--label:%v;--strip:%v;--footer:%v}", p.background, p.foreground, p.label, p.strip, p.footer)
	var sizes strings.Builder
	for _, i := range d.sized {
		fmt.Fprintf(&sizes, ".%s{--width:%.2f;--height:%.2f}", i.Class, i.Width, i.Height)
	}
	sum := sha256.Sum256([]byte(colors + sizes.String()))
	class = "own-" + hex.EncodeToString(sum[:5])
	rules = "." + class + colors
	for rule := range strings.SplitAfterSeq(sizes.String(), "}") {
		if rule != "" {
			rules += "." + class + " " + rule
		}
	}
	return class, rules + "\n"
}

// StyleSource is the CSP source of a style element's text: 'sha256-…'. https://www.w3.org/TR/CSP3/#framework-directive-source-list
func StyleSource(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
