package preview

// A field is a label and a value on the front of a card.
type field struct {
	Label, Value string
	Align        string // a class of the stylesheet: "start", "left", "center", "right" or "end"
}

// A row is fields side by side, or a single one.
type row struct {
	Fields []field
	Fit    string // a class of the stylesheet that makes long values smaller; "" for the full size
}

// maxFields bounds how many fields of a group are looked at, and how many a back shows.
const maxFields = 100

// group returns the fields of a group that are drawn: the first so many (2.4). More are dropped, as Wallet does.
func (d *drawing) group(name string, most int) []field {
	return d.fields(d.groups.dictionaries(name, most))
}

func (d *drawing) fields(contents []dictionary) []field {
	var all []field
	for _, f := range contents {
		all = append(all, field{Label: d.line(f.text("label"), maxLabel), Value: d.value(f), Align: alignments[f.text("textAlignment")]})
	}
	return all
}

var alignments = map[string]string{
	"PKTextAlignmentLeft": "left", "PKTextAlignmentCenter": "center", "PKTextAlignmentRight": "right",
}

// inRow places fields side by side: what has no alignment of its own begins where the language does, and the last of
// several ends where the card does.
func inRow(fields []field, size, room float64) row {
	for i := range fields {
		f := &fields[i]
		if f.Align == "" {
			f.Align = "start"
			if last := len(fields) - 1; i == last && last > 0 {
				f.Align = "end"
			}
		}
	}
	return row{fields, fit(func(factor float64) float64 { return rowNeeds(fields, size, factor) }, room)}
}

// rowNeeds is how much fields side by side need when their values shrink by a factor. Labels, which are small already, shrink
// half as much.
func rowNeeds(fields []field, size, factor float64) float64 {
	needed := gap * float64(max(0, len(fields)-1))
	for _, f := range fields {
		needed += max(size*factor*width(f.Value), labelSize*(1+factor)/2*labelWidth(f.Label))
	}
	return needed
}

// alone is a field with room for itself: nothing but its value is made to fit, and textAlignment has no effect (FLD-7).
func alone(fields []field, size, room float64) row {
	needed := 0.0
	for i := range fields {
		fields[i].Align = "start"
		needed = max(needed, size*width(fields[i].Value))
	}
	return row{fields, fit(scaled(needed), room)}
}
