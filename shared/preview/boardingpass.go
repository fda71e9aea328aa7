package preview

// A boarding is a boarding pass: from one place to another, and how.
type boarding struct {
	Top     top
	Places  row    // origin and destination
	Transit string // SVG path data
	Rows    []row
	Footer  image
	Code    code
}

// boardingPass lays out a boarding pass, whose auxiliary fields stand above the secondary ones.
func (d *drawing) boardingPass() face {
	places := inRow(unaligned(d.group("primaryFields", 2)), placeSize, rowWidth)
	places.Fit = fit(func(factor float64) float64 { return widest(places.Fields, placeSize, factor) }, placeWidth)
	return face{"boarding.html", boarding{
		Top: d.top(), Places: places, Transit: transitSymbol(d.groups.text("transitType")),
		Rows:   []row{d.row("auxiliaryFields", 5), d.row("secondaryFields", 5)},
		Footer: d.imageWithin("footer", 286, 15),
		Code:   d.code(),
	}}
}

// placeWidth is the room for origin or destination, in points, which the symbol between them leaves.
const placeWidth = 0.42 * rowWidth

// widest is how much the widest of fields needs when their values shrink by a factor.
func widest(fields []field, size, factor float64) float64 {
	needed := 0.0
	for i := range fields {
		needed = max(needed, rowNeeds(fields[i:i+1], size, factor))
	}
	return needed
}

// unaligned is primary fields without their textAlignment, which has no effect there (FLD-7).
func unaligned(fields []field) []field {
	for i := range fields {
		fields[i].Align = ""
	}
	return fields
}
