// Package issue is the issuer's HTTP API: one path per pass, with PUT, PATCH, GET and DELETE, one for bundles of passes, one for all
// campaigns, and one per campaign, with PUT, PATCH and GET.
//
// Called by business apps, with an identity that IAM lets through. What PUT and PATCH accept has been rendered and
// validated, so it can be packaged; what they refuse comes back with every finding at once.
package issue

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Path of a pass in the issuer's API.
const Path = "/issuer/v1/passes/{passTypeIdentifier}/{serialNumber}"

// Store is what the API reads to show a pass, and what it reads and writes of campaigns.
type Store interface {
	Campaigns
	Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error)
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error]
	// CountDevices returns how many devices of a shard registered the pass, and limit where there are more.
	CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error)
}

// API answers the nine routes.
type API struct {
	Store  Store
	Writer document.Writer
	Links  wallet.InstallLinks
}

// Routes serves the API.
func (a API) Routes(log *slog.Logger) http.Handler {
	return webservice.NewIssuerRouter(log).
		Handle(webservice.Route{Method: http.MethodPut, Path: Path}, a.put).
		Handle(webservice.Route{Method: http.MethodPatch, Path: Path}, a.patch).
		Handle(webservice.Route{Method: http.MethodGet, Path: Path}, a.get).
		Handle(webservice.Route{Method: http.MethodDelete, Path: Path}, a.delete).
		Handle(webservice.Route{Method: http.MethodPost, Path: BundlesPath}, a.bundle).
		Handle(webservice.Route{Method: http.MethodGet, Path: CampaignsPath}, a.listCampaigns).
		Handle(webservice.Route{Method: http.MethodPut, Path: CampaignPath}, a.putCampaign).
		Handle(webservice.Route{Method: http.MethodPatch, Path: CampaignPath}, a.patchCampaign).
		Handle(webservice.Route{Method: http.MethodGet, Path: CampaignPath}, a.getCampaign)
}

// put makes the body the whole document: 201 created or revived, 200 replaced or already so.
func (a API) put(w http.ResponseWriter, r *http.Request) error {
	id, condition, err := target(r)
	if err != nil {
		return err
	}
	fields, err := body(r)
	if err != nil {
		return fmt.Errorf("put %v: %w", id, err)
	}
	written, err := a.Writer.Put(r.Context(), id, fields, condition)
	if err != nil {
		return fmt.Errorf("put %v: %w", id, err)
	}
	return a.answer(w, written)
}

// patch merges the body into the document: 200, or 404 when there is no such pass.
func (a API) patch(w http.ResponseWriter, r *http.Request) error {
	id, condition, err := target(r)
	if err != nil {
		return err
	}
	if webservice.MediaType(r) != "application/merge-patch+json" {
		return fmt.Errorf("patch %v: %w: send Content-Type application/merge-patch+json", id, wallet.ErrMediaType)
	}
	fields, err := body(r)
	if err != nil {
		return fmt.Errorf("patch %v: %w", id, err)
	}
	written, err := a.Writer.Merge(r.Context(), id, fields, condition)
	if err != nil {
		return fmt.Errorf("patch %v: %w", id, err)
	}
	return a.answer(w, written)
}

// delete voids the pass and keeps it as a tombstone: 200, also when it was deleted before; 404 when it never was.
func (a API) delete(w http.ResponseWriter, r *http.Request) error {
	id, condition, err := target(r)
	if err != nil {
		return err
	}
	written, err := a.Writer.Delete(r.Context(), id, condition)
	if err != nil {
		return fmt.Errorf("delete %v: %w", id, err)
	}
	return a.answer(w, written)
}

// pass is what every answer says of a pass.
type pass struct {
	wallet.PassID
	Revision   string          `json:"revision"`
	InstallURL string          `json:"installURL"`
	Voided     bool            `json:"voided,omitempty"`
	Findings   wallet.Findings `json:"findings,omitempty"`
}

func (a API) pass(s wallet.DocumentSnapshot, findings wallet.Findings) (pass, error) {
	url, err := a.Links.InstallURL(s.ID)
	if err != nil {
		return pass{}, fmt.Errorf("install link %v: %w", s.ID, err)
	}
	return pass{s.ID, revisionText(s.Revision), url, s.Fields["voided"] == true, findings}, nil
}

func (a API) answer(w http.ResponseWriter, written document.Written) error {
	p, err := a.pass(written.Document, written.Findings)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", strconv.Quote(p.Revision))
	status := http.StatusOK
	if written.Created {
		status = http.StatusCreated
	}
	return webservice.WriteJSON(w, status, p)
}

// target reads the pass and the If-Match of a request.
func target(r *http.Request) (wallet.PassID, document.Condition, error) {
	id := webservice.PassID(r)
	if err := id.Validate(); err != nil {
		return id, document.Condition{}, err
	}
	return id, condition(r.Header.Get("If-Match")), nil
}

// condition reads If-Match (RFC 9110, 13.1.1). A tag that is none of ours matches no document.
func condition(header string) document.Condition {
	switch header = strings.TrimSpace(header); header {
	case "":
		return document.Condition{}
	case "*":
		return document.Condition{Exists: true}
	}
	var c document.Condition
	for tag := range strings.SplitSeq(header, ",") {
		n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(tag), `"`), 10, 64)
		if err != nil {
			n = -1
		}
		c.Revisions = append(c.Revisions, wallet.Revision(n))
	}
	return c
}

// body reads a strict JSON object of at most 100 KiB.
func body(r *http.Request) (map[string]any, error) {
	text, err := webservice.ReadBody(r, wallet.MaxDocumentSize)
	if err != nil {
		return nil, err
	}
	fields, findings, err := wallet.DecodeObject(text)
	if err != nil {
		return nil, err
	}
	return fields, findings.Err()
}

func revisionText(r wallet.Revision) string { return strconv.FormatInt(int64(r), 10) }

// rfc3339 renders a time for people and programs; empty for the zero time.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
