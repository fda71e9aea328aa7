package console

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// draftsKept is how many drafts are kept: a few for each page that is open.
const draftsKept = 16

// drafts are the last ones that could be drawn.
type drafts struct {
	mu   sync.Mutex
	last int
	kept [draftsKept]struct {
		id     wallet.PassID
		number int
		card   preview.Card
	}
}

// keep returns the number under which the draft is found.
func (d *drafts) keep(id wallet.PassID, card preview.Card) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	slot := &d.kept[d.last%draftsKept]
	slot.id, slot.number, slot.card = id, d.last, card
	return d.last
}

func (d *drafts) find(id wallet.PassID, number int) (preview.Card, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if number <= 0 {
		return preview.Card{}, false
	}
	slot := d.kept[number%draftsKept]
	return slot.card, slot.number == number && slot.id == id
}

// drawDraft draws what the answer to a draft has named in ?draft=; 404 once others have come in its place.
func (c *Console) drawDraft(w http.ResponseWriter, r *http.Request) error {
	number, _ := strconv.Atoi(r.FormValue("draft"))
	card, ok := c.drafts.find(webservice.PassID(r), number)
	if !ok {
		return fmt.Errorf("%w: draft %d is not kept any more", wallet.ErrNotFound, number)
	}
	return writeCard(w, r, card)
}
