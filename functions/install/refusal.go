package install

import (
	"html/template"
	"net/http"

	"walletpasses.example/server/shared/preview"
)

// Refuse answers a person whose link leads to no pass, in their language. It depends on the status alone, so that a link which
// has expired cannot be told from one that never was.
func Refuse(w http.ResponseWriter, r *http.Request, status int) {
	text, language := wordsFor(r.Header.Get("Accept-Language"))
	v := struct {
		Words    words
		Language string
		Sentence string
		Again    bool // it helps to ask again
		Style    template.CSS
	}{text, language, text.Failed, status == http.StatusServiceUnavailable, template.CSS(pageStyle)}
	switch status {
	case http.StatusUnauthorized:
		v.Sentence = text.Invalid
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		v.Sentence = text.Nothing
	case http.StatusServiceUnavailable:
		v.Sentence = text.Making
	}
	w.Header().Set("Vary", "Accept, Accept-Language")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_ = write(w, status, "refusal.html", v, []string{preview.StyleSource(pageStyle)}) // a reader that has gone is nobody's fault
}
