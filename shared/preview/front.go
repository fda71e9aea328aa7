package preview

import (
	"bytes"
	"embed"
	"html/template"
	"strings"
)

//go:embed layouts/*.html
var layoutFiles embed.FS

var layouts = template.Must(template.ParseFS(layoutFiles, "layouts/*.html"))

// execute fills a template, which can fail only for a mistake in it.
func execute(file string, data any) (template.HTML, error) {
	var b bytes.Buffer
	if err := layouts.ExecuteTemplate(&b, file, data); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// A face is what a layout makes of a pass: the template that draws it, and what that template shows.
type face struct {
	template string
	view     any
}

// face lays the front out.
func (d *drawing) face() face {
	switch d.layout {
	case boardingPass:
		return d.boardingPass()
	case semanticBoardingPass:
		return d.semanticBoardingPass()
	case coupon, storeCard:
		return d.stripCard()
	case eventTicket:
		return d.eventTicket()
	case posterEventTicket:
		return d.posterEventTicket()
	case posterGeneric:
		return d.posterGeneric()
	default:
		return d.generic()
	}
}

// front draws the front of the card, and returns its own part of the stylesheet.
func (d *drawing) front() (front template.HTML, own string, err error) {
	f := d.face()
	content, err := execute(f.template, f.view)
	if err != nil {
		return "", "", err
	}
	class, own := d.ownStyle()
	classes := []string{d.layout, class}
	if d.state() != "" {
		classes = append(classes, "past")
	}
	front, err = execute("front.html", struct {
		Class, Name, Language, Direction string
		Content                          template.HTML
	}{strings.Join(classes, " "), d.name(), d.translation.language, d.translation.direction(), content})
	return front, own, err
}

// name is what a screen reader calls the card.
func (d *drawing) name() string {
	var parts []string
	for _, part := range []string{d.organization(), d.description(), d.state()} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func (d *drawing) organization() string { return d.line(d.pass.text("organizationName"), maxLabel) }
func (d *drawing) description() string  { return d.line(d.pass.text("description"), maxLine) }

// A top is the first line of the classic layouts: logo, text and the header fields, which are seen in the stack too.
type top struct {
	Logo   image
	Text   string
	Fit    string // of the text
	Header row
}

// top shares the room beside the logo: the text has as much as it needs up to half of it, and more where the header leaves it.
func (d *drawing) top() top {
	t := top{Logo: d.imageWithin("logo", 160, 50), Text: d.line(d.pass.text("logoText"), maxLabel)}
	room := besides(t.Logo)
	needed := logoTextSize * width(t.Text)
	t.Header = d.header(3, room-min(needed, room/2)-gap)
	t.Fit = fit(scaled(needed), max(room/2, room-gap-rowNeeds(t.Header.Fields, headerSize, 1)))
	return t
}

// besides is the room that a logo leaves in the first line.
func besides(logo image) float64 { return rowWidth - logo.Width - gap }

// header is the header fields at the end of the first line.
func (d *drawing) header(most int, room float64) row {
	fields := d.group("headerFields", most)
	if len(fields) == 1 && fields[0].Align == "" {
		fields[0].Align = "end"
	}
	return inRow(fields, headerSize, room)
}
