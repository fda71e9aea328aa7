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
	const symbol = 48 // points, with its margins
	places := inRow(unaligned(d.group("primaryFields", 2)), placeSize, rowWidth-symbol)
	return face{"boarding.html", boarding{
		Top: d.top(), Places: places, Transit: transitSymbol(d.groups.text("transitType")),
		Rows:   []row{d.row("auxiliaryFields", 5), d.row("secondaryFields", 5)},
		Footer: d.imageWithin("footer", 286, 15),
		Code:   d.code(),
	}}
}

// unaligned is primary fields without their textAlignment, which has no effect there (FLD-7).
func unaligned(fields []field) []field {
	for i := range fields {
		fields[i].Align = ""
	}
	return fields
}
