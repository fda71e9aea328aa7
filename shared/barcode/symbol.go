package barcode

import (
	"fmt"
	"html/template"
	"image"
	"strings"
)

// A Symbol is a barcode as modules: the narrowest bar, or the smallest square.
type Symbol struct {
	rows      [][]bool // true is dark
	rowHeight int      // modules
	quiet     quietZone
}

// A quietZone is the light margin that a standard asks for, in modules.
type quietZone struct{ left, right, above, below int }

func margin(modules int) quietZone { return quietZone{modules, modules, modules, modules} }

// newSymbol reads an image in which a module is one pixel wide, and a row of modules pixelsPerRow pixels high.
func newSymbol(drawn image.Image, pixelsPerRow, rowHeight int, quiet quietZone) Symbol {
	bounds := drawn.Bounds()
	s := Symbol{rowHeight: rowHeight, quiet: quiet}
	for y := bounds.Min.Y; y < bounds.Max.Y; y += pixelsPerRow {
		row := make([]bool, bounds.Dx())
		for x := range row {
			red, _, _, _ := drawn.At(bounds.Min.X+x, y).RGBA()
			row[x] = red == 0
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// Linear reports a symbol that is one row of bars. Its height means nothing, and its drawing can be stretched to any.
func (s Symbol) Linear() bool { return len(s.rows) == 1 }

// Square reports a symbol as high as it is wide: QR and Aztec.
func (s Symbol) Square() bool {
	columns, rows := s.Size()
	return columns == rows
}

// Size returns the width and the height in modules, with the quiet zone.
func (s Symbol) Size() (columns, rows int) {
	if len(s.rows) > 0 {
		columns = len(s.rows[0])
	}
	return columns + s.quiet.left + s.quiet.right, len(s.rows)*s.rowHeight + s.quiet.above + s.quiet.below
}

// SVG draws the symbol in black on white, with its quiet zone, for an HTML page. The label is its text alternative, escaped
// here. The element has a viewBox and no size.
func (s Symbol) SVG(label string) template.HTML {
	columns, rows := s.Size()
	fit := ""
	if s.Linear() {
		fit = ` preserveAspectRatio="none"`
	}
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="barcode" role="img" aria-label="%s" viewBox="0 0 %d %d"%s `+
		`shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path stroke="#000" stroke-width="%d" d="%s"/></svg>`,
		template.HTMLEscapeString(label), columns, rows, fit, columns, rows, s.rowHeight, s.path()))
}

// path is the dark modules as SVG path data: for each row of modules a dashed line through its middle.
func (s Symbol) path() string {
	var path strings.Builder
	for i, row := range s.rows {
		fmt.Fprintf(&path, "M%d %g", s.quiet.left, float64(s.quiet.above)+(float64(i)+0.5)*float64(s.rowHeight))
		for start := 0; start < len(row); {
			end := start + 1
			for end < len(row) && row[end] == row[start] {
				end++
			}
			if row[start] {
				fmt.Fprintf(&path, "h%d", end-start)
			} else if end < len(row) {
				fmt.Fprintf(&path, "m%d 0", end-start)
			}
			start = end
		}
	}
	return path.String()
}
