package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"

	"walletpasses.example/server/shared/wallet"
)

//go:embed index.html assets
var files embed.FS

var page = template.Must(template.ParseFS(files, "index.html"))

// policy lets the page use what this server gives it, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// About is what the page says of the server it belongs to.
type About struct {
	URL       string   // of the server, without a path
	PassTypes []string // that it signs for, one at least; the first is used unless another is chosen
	Backend   string   // "memory" or "gcp"
	Fake      bool     // pushes go to the built-in fake APNs, which reaches the simulated iPhone
	Throwaway bool     // the certificates are good for the simulated iPhone alone
	Templates string   // the folder whose templates are watched, if any
}

// PassType is the one in the commands to copy.
func (a About) PassType() string { return a.PassTypes[0] }

// Page answers with the console itself.
func (c *Console) Page(w http.ResponseWriter, _ *http.Request) error {
	var body bytes.Buffer
	if err := page.Execute(&body, c.About); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(body.Bytes())
	return err
}

var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset answers with a file of the page.
func asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	mediaType, known := mediaTypes[path.Ext(name)]
	text, err := files.ReadFile("assets/" + name)
	if err != nil || !known {
		return fmt.Errorf("%w: the console has no file %.60q", wallet.ErrNotFound, name)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(text)
	return err
}
