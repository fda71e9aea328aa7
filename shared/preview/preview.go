// Package preview draws a pass as Wallet would show it: in HTML, CSS and SVG that need no script and fetch nothing.
//
// The pass may be anybody's. Of its texts nothing but text gets into the drawing, of its colours three numbers each, of its
// images whole PNG files as data: URLs, of its links those to the web, to mail and to telephones; and there is a bound to
// everything. Text is shrunk, cut off and dropped where Wallet would do so.
//
// https://developer.apple.com/documentation/walletpasses/creating-the-source-for-a-pass
package preview

import (
	"errors"
	"fmt"
	"html/template"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// A Viewer is who looks at a pass, and when.
type Viewer struct {
	AcceptLanguage string         // as the browser sends it; "" is English
	Location       *time.Location // nil: each date in the offset that it is written with
	Now            time.Time      // decides whether the pass has expired
}

// A Card is a pass, drawn.
type Card struct {
	Layout                    string // what is drawn: a style key of pass.json, "posterEventTicket" or "semanticBoardingPass"
	Language, Direction       string // of its text, for lang= and dir=
	Organization, Description string
	Expired, Voided           bool
	Icon                      template.URL // data: URL, or ""
	Front, Back               template.HTML
	Stylesheet                string // everything the front and the back need, with the pass's own colours; for one <style> element

	own string // the part of Stylesheet that is of no other pass
}

// Draw draws a pass from the files of its package, such as [pkpass.Contents.Source] and the Source of a rendered document.
// Whatever is in it is drawn harmlessly; the error means that there is no pass.json that can be read.
func Draw(source pkpass.Source, v Viewer) (Card, error) {
	d, err := open(source, v)
	if err != nil {
		return Card{}, err
	}
	return d.card()
}

// open reads the pass.json among the files of a package.
func open(source pkpass.Source, v Viewer) (*drawing, error) {
	file, ok := source.File("pass.json")
	if !ok {
		return nil, errors.New("there is no pass.json to draw")
	}
	pass, _, err := wallet.DecodeObject(file.Data()) // what else is wrong with it makes no difference here
	if err != nil {
		return nil, fmt.Errorf("pass.json: %w", err)
	}
	return newDrawing(pass, source, v), nil
}

func (d *drawing) card() (Card, error) {
	front, own, err := d.front()
	if err != nil {
		return Card{}, err
	}
	back, err := d.back()
	if err != nil {
		return Card{}, err
	}
	c := Card{
		Layout: d.layout, Language: d.translation.language, Direction: d.translation.direction(),
		Organization: d.organization(), Description: d.description(), Expired: d.expired(), Voided: d.voided(),
		Icon: d.image("icon").URL, Front: front, Back: back, own: own,
	}
	c.Stylesheet = Stylesheet(c)
	return c, nil
}
