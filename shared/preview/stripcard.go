package preview

// A stripCard is a coupon, a store card, or an event ticket with a strip: the primary field over the strip, its label below.
type stripCard struct {
	Top     top
	Strip   image
	Primary row
	Rows    []row
	Code    code
}

// stripCard lays out a coupon or a store card: secondary and auxiliary fields share one row of four.
func (d *drawing) stripCard() face {
	return face{"strip.html", stripCard{
		Top: d.top(), Strip: d.image("strip"),
		Primary: alone(d.group("primaryFields", 1), stripSize, rowWidth),
		Rows:    []row{d.combined(4)},
		Code:    d.code(),
	}}
}

// combined is the secondary fields, then the auxiliary ones, in one row of at most so many.
func (d *drawing) combined(most int) row {
	fields := append(d.group("secondaryFields", most), d.group("auxiliaryFields", most)...)
	return inRow(fields[:min(most, len(fields))], valueSize, rowWidth)
}
