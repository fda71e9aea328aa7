package simtest

import (
	"context"
	"encoding/json"
	"net/http"

	"walletpasses.example/server/shared/wallet"
)

// What businesses do to a card. Some write the document themselves, which is one step; others ask the functions to, which takes
// many, and in which they may meet each other.
var business = []struct {
	weight int
	do     func(w *world, serial string)
}{
	{8, func(w *world, serial string) { w.write(serial, w.morePoints()) }},
	{2, func(w *world, serial string) { w.write(serial, w.fewerPoints(serial)) }},
	{2, (*world).touch},
	{1, (*world).spoil},
	{1, (*world).takeAway},
	{4, func(w *world, serial string) { w.issue(http.MethodPut, serial, w.morePoints()) }},
	{2, func(w *world, serial string) { w.issue(http.MethodPatch, serial, w.morePoints()) }},
	{1, func(w *world, serial string) { w.issue(http.MethodDelete, serial, content{}) }},
	{3, (*world).publish},
}

// trade lets a business do something to a card.
func (w *world) trade(serial string) {
	total := 0
	for _, b := range business {
		total += b.weight
	}
	n := w.random.IntN(total)
	for _, b := range business {
		if n -= b.weight; n < 0 {
			b.do(w, serial)
			return
		}
	}
}

// morePoints is a content that no card has had.
func (w *world) morePoints() content {
	w.points++
	return content{points: w.points, voided: w.random.IntN(8) == 0}
}

// fewerPoints is a content that the card may have had before, or has.
func (w *world) fewerPoints(serial string) content {
	doc, _ := w.model.newest(serial)
	return content{points: max(1, doc.content.points-int64(w.random.IntN(3)))}
}

// write replaces a document with Firestore's own API.
func (w *world) write(serial string, c content) {
	w.say("a business writes %s: %v", serial, c)
	w.replace(serial, c.fields())
}

func (w *world) replace(serial string, fields map[string]any) {
	doc := w.document(serial)
	doc.Fields = fields
	if _, err := w.store.SaveDocument(context.Background(), doc); err != nil {
		panic(err) // nobody writes between the read and the write
	}
}

// touch writes what the card does not show: a new revision, and the same package.
func (w *world) touch(serial string) {
	doc := w.document(serial)
	if data, ok := doc.Fields["data"].(map[string]any); ok {
		w.say("a business touches %s", serial)
		data["visits"] = int64(w.step)
		w.replace(serial, doc.Fields)
	}
}

// spoil writes a document that cannot be packaged.
func (w *world) spoil(serial string) {
	w.say("a business spoils %s", serial)
	fields := w.morePoints().fields()
	fields["template"] = "no-such-template"
	w.replace(serial, fields)
}

// takeAway deletes a document with Firestore's own API.
func (w *world) takeAway(serial string) {
	w.say("a business takes %s away", serial)
	w.store.DeleteDocument(passID(serial))
}

// issue calls the issuer's API. What it acknowledges has been written.
func (w *world) issue(method, serial string, c content) {
	body, header := "", http.Header{}
	if method != http.MethodDelete {
		text, err := json.Marshal(c.fields())
		if err != nil {
			panic(err)
		}
		body = string(text)
		header.Set("Content-Type", "application/merge-patch+json")
	}
	target := "/issuer/v1/passes/" + passType + "/" + serial
	t := w.call(method+" "+serial, w.anyWorker().issuer, method, target, body, header, func(a answer, err error) {
		if err == nil && a.status < 300 && method != http.MethodDelete && !w.model.wasWritten(serial, c.points) {
			w.model.violate("%s %s was acknowledged, and never written: %v", method, serial, c)
		}
	})
	w.say("%v: %v", t, c)
}

// publish sends a message of pass-updates.
func (w *world) publish(serial string) {
	c := w.morePoints()
	body := c.fields()
	body["passTypeIdentifier"], body["serialNumber"] = passType, serial
	if w.random.IntN(2) == 0 {
		body["revision"] = c.points
	}
	w.say("a business publishes %s: %v", serial, c)
	w.bus.accept(wallet.TopicPassUpdates, serial, body)
}

// callSweep calls the sweep, as Scheduler does.
func (w *world) callSweep() {
	w.sweeping = true
	t := w.call("Sweep", w.anyWorker().sweep, http.MethodPost, "/", "", nil, func(answer, error) { w.sweeping = false })
	w.say("%v", t)
}
