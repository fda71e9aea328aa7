package preview

// thumbnailSide is the most of a thumbnail, in points.
const thumbnailSide = 90

// A plainCard is a generic pass, or an event ticket without strip: the primary field beside the thumbnail.
type plainCard struct {
	Top        top
	Background image // drawn blurred
	Primary    row
	Thumbnail  image
	Beside     row   // below the primary field, beside the thumbnail
	Rows       []row // below both
	Code       code
}

// generic lays out a generic pass. A square code leaves room for one row of fields, any other for two.
func (d *drawing) generic() face {
	card := d.plainCard()
	if isSquare(d.pass) {
		card.Rows = []row{d.combined(4)}
	} else {
		card.Rows = []row{d.row("secondaryFields", 4), d.row("auxiliaryFields", 4)}
	}
	return face{"plain.html", card}
}

// eventTicket lays out an event ticket: with a strip neither background nor thumbnail is drawn (R13).
func (d *drawing) eventTicket() face {
	if strip := d.image("strip"); strip.URL != "" {
		rows := append([]row{d.row("secondaryFields", 4)}, d.auxiliaryRows()...)
		return face{"strip.html", stripCard{
			Top: d.top(), Strip: strip, Primary: alone(d.group("primaryFields", 1), stripSize, rowWidth), Rows: rows, Code: d.code(),
		}}
	}
	card := d.plainCard()
	card.Background = d.image("background")
	card.Beside = inRow(d.group("secondaryFields", 4), valueSize, rowWidth-card.Thumbnail.Width-gap)
	card.Rows = d.auxiliaryRows()
	return face{"plain.html", card}
}

func (d *drawing) plainCard() plainCard {
	card := plainCard{Top: d.top(), Thumbnail: d.imageWithin("thumbnail", thumbnailSide, thumbnailSide), Code: d.code()}
	card.Primary = alone(d.group("primaryFields", 1), titleSize, rowWidth-card.Thumbnail.Width-gap)
	return card
}

// row is one group of fields in a row.
func (d *drawing) row(group string, most int) row {
	return inRow(d.group(group, most), valueSize, rowWidth)
}

// auxiliaryRows are the two rows of an event ticket, of four fields each; a field names its row.
func (d *drawing) auxiliaryRows() []row {
	var contents [2][]dictionary
	for _, f := range d.groups.dictionaries("auxiliaryFields", maxFields) {
		n, _ := number(f["row"])
		if i := min(1, max(0, int(n))); len(contents[i]) < 4 {
			contents[i] = append(contents[i], f)
		}
	}
	var rows []row
	for _, fields := range contents {
		rows = append(rows, inRow(d.fields(fields), valueSize, rowWidth))
	}
	return rows
}
