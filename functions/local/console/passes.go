package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// passesPerPage bounds the passes of one answer; each costs two reads.
const passesPerPage = 100

// passView is what the list says of a pass.
type passView struct {
	wallet.PassID
	Template string `json:"template,omitempty"`
	Written  string `json:"written"` // when the document was, RFC 3339
	Version  int64  `json:"version"` // of the package; 0: none yet
	Current  bool   `json:"current"` // the package was made from the document as it stands
	Problem  bool   `json:"problem,omitempty"`
	Voided   bool   `json:"voided,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

// listPasses shows the passes that there are, in the store's order: those after ?after=, and where to go on.
func (c *Console) listPasses(w http.ResponseWriter, r *http.Request) error {
	page, next, err := c.Store.DocumentRevisions(r.Context(), r.FormValue("after"), passesPerPage)
	if err != nil {
		return err
	}
	list := struct {
		Passes []passView `json:"passes"`
		Next   string     `json:"next,omitempty"`
	}{[]passView{}, next}
	for _, doc := range page {
		v, err := c.passView(r.Context(), doc)
		if err != nil {
			return err
		}
		list.Passes = append(list.Passes, v)
	}
	return webservice.WriteJSON(w, http.StatusOK, list)
}

func (c *Console) passView(ctx context.Context, d wallet.DocumentRevision) (passView, error) {
	v := passView{PassID: d.ID, Written: d.Revision.Time().UTC().Format(time.RFC3339Nano)}
	doc, err := c.Store.Document(ctx, d.ID)
	if errors.Is(err, wallet.ErrInvalid) { // written under a name, or as something, that is no pass
		v.Problem = true
		return v, nil
	}
	if err != nil {
		return v, err
	}
	pkg, err := c.Store.CurrentPackage(ctx, d.ID)
	if errors.Is(err, wallet.ErrInvalid) { // a record that cannot be read
		v.Problem = true
	} else if err != nil {
		return v, err
	}
	v.Template, _ = doc.Fields["template"].(string)
	v.Version, v.Problem = pkg.Version, v.Problem || pkg.Problem != nil
	v.Current = pkg.Version > 0 && pkg.SourceRevision >= doc.Revision && !v.Problem
	v.Voided, v.Deleted = doc.Fields["voided"] == true, doc.Deleted()
	return v, nil
}

// showDocument gives the text of a document to the editor. That of a deleted one is what revives the pass.
func (c *Console) showDocument(w http.ResponseWriter, r *http.Request) error {
	id := webservice.PassID(r)
	if err := id.Validate(); err != nil {
		return err
	}
	doc, err := c.Store.Document(r.Context(), id)
	if err != nil {
		return err
	}
	if doc.Revision == 0 {
		return fmt.Errorf("%w: there is no pass %v", wallet.ErrNotFound, id)
	}
	fields := doc.Business()
	if doc.Deleted() {
		delete(fields, "voided")
	}
	text, err := documentText(fields)
	if err != nil {
		return err
	}
	return webservice.WriteJSON(w, http.StatusOK, map[string]any{
		"text": text, "revision": fmt.Sprint(int64(doc.Revision)), "deleted": doc.Deleted(), "voided": fields["voided"] == true,
	})
}
