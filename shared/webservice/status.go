package webservice

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

var (
	errNoRoute = errors.New("no such path")
	errMethod  = errors.New("method not allowed here")
)

// statuses maps the kinds of error, most telling first: findings, which are ErrInvalid too, have a status of their own.
var statuses = []struct {
	kind   error
	status int
}{
	{errNoRoute, http.StatusNotFound},
	{errMethod, http.StatusMethodNotAllowed},
	{wallet.ErrUnauthorized, http.StatusUnauthorized},
	{wallet.ErrNotFound, http.StatusNotFound},
	{wallet.ErrDone, http.StatusConflict},
	{wallet.ErrPrecondition, http.StatusPreconditionFailed},
	{wallet.ErrTooLarge, http.StatusRequestEntityTooLarge},
	{wallet.ErrTooMany, http.StatusTooManyRequests},
	{wallet.ErrMediaType, http.StatusUnsupportedMediaType},
	{wallet.ErrInvalid, http.StatusBadRequest},
	{wallet.ErrNotReady, http.StatusServiceUnavailable},
	{wallet.ErrConflict, http.StatusServiceUnavailable},
	{wallet.ErrUnavailable, http.StatusServiceUnavailable},
	{context.DeadlineExceeded, http.StatusServiceUnavailable}, // of the request
	{context.Canceled, http.StatusServiceUnavailable},         // nobody is there to read it, and nothing of ours went wrong
}

// Status is the only place where an error becomes a status. An error of no known kind is 500.
func Status(err error) int {
	if _, ok := errors.AsType[wallet.Findings](err); ok {
		return http.StatusUnprocessableEntity
	}
	for _, s := range statuses {
		if errors.Is(err, s.kind) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// writeStatus answers a device: a status and nothing else. All 401s are one and the same answer.
func writeStatus(w http.ResponseWriter, err error) {
	status := Status(err)
	setRetryAfter(w, status)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

// setRetryAfter says, in seconds, when to ask again where asking again helps: what is not ready is so in a moment, and what is
// full is hardly less so before tomorrow.
func setRetryAfter(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "86400")
	}
}

// writePage answers a person. All 401s are one and the same answer here too.
func writePage(w http.ResponseWriter, err error) {
	sentence := map[int]string{
		http.StatusUnauthorized:       "This link is not valid, or not any more. Ask for a new one.",
		http.StatusServiceUnavailable: "Your pass is being made. Try again in a moment.",
	}[Status(err)]
	if sentence != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	writeStatus(w, err)
	_, _ = io.WriteString(w, sentence) // the status is out; a reader that has gone is nobody's fault
}

// problem is a problem document.
// https://www.rfc-editor.org/rfc/rfc9457
type problem struct {
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail,omitempty"`
	Findings wallet.Findings `json:"findings,omitempty"`
}

// A waiting error says what a request has to wait for, where an issuer can do something about it.
type waiting interface {
	error
	Waits() (detail string, findings wallet.Findings)
}

// writeProblem answers an issuer, who is trusted with the text of every error but our own.
func writeProblem(w http.ResponseWriter, err error) {
	status := Status(err)
	p := problem{Title: http.StatusText(status), Status: status}
	if findings, ok := errors.AsType[wallet.Findings](err); ok {
		p.Detail, p.Findings = "The pass cannot be packaged as it is; see findings.", findings
	} else if status < http.StatusInternalServerError {
		p.Detail = err.Error()
	}
	if status == http.StatusServiceUnavailable {
		p.Detail = "Busy or not ready; ask again."
		if w, ok := errors.AsType[waiting](err); ok {
			p.Detail, p.Findings = w.Waits()
		}
	}
	setRetryAfter(w, status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p) // the status is out; a reader that has gone is nobody's fault
}

// WriteJSON answers with a status and a JSON body.
func WriteJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return err
}

// MediaType returns the media type of a request's body, without parameters and in lower case.
func MediaType(r *http.Request) string {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(mediaType))
}
