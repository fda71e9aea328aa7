package document

import (
	"slices"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// stampImage is the name of the image that stands for a collected stamp. It is drawn into the strip, and is no file of its own.
const stampImage = "stamp"

// stamps draws the strip of a stamp card: of a template that asks for stamps and stampGoal and has no strip of its own.
func (f *fitting) stamps(t *template.Template) {
	names := t.Placeholders()
	if f.has("strip") || !slices.Contains(names, "stamps") || !slices.Contains(names, "stampGoal") {
		if f.stamp != nil {
			f.findings.Warnf("/images/"+stampImage, "IMG-UNUSED", "this pass has no drawn stamps that it could stand for; leave it out")
		}
		return
	}
	count, counted := f.whole("stamps")
	goal, bounded := f.whole("stampGoal")
	if !counted || !bounded {
		return
	}
	ink, err := colour(f.rendering.Pass, "foregroundColor")
	if err != nil {
		ink = picture.Color{} // black, as Wallet writes on a pass without colours
	}
	images, err := f.Drawings.Strip(picture.StampCard{Stamps: count, Goal: goal, Ink: ink, Stamp: f.stamp})
	if err != nil {
		at := "/data/stampGoal"
		if count < 0 {
			at = "/data/stamps"
		}
		f.findings.Errorf(at, "STAMPS", "%v", err)
		return
	}
	f.put("strip", images)
}

// whole returns a whole number of the data. What is missing, and a list, was found by the template.
func (f *fitting) whole(name string) (n int, ok bool) {
	switch value := f.doc.Data[name].(type) {
	case int64:
		return int(value), true
	case nil, []any:
	default:
		f.findings.Errorf(wallet.PointerTo("/data", name), "STAMPS", "must be a whole number, for the card to be drawn")
	}
	return 0, false
}
