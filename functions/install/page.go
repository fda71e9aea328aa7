package install

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"

	"rsc.io/qr"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"

	_ "embed"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// view is what the page shows.
type view struct {
	OrganizationName string
	Description      string
	Icon             template.URL // a data URL of the pass's own icon
	QR               template.URL // a data URL of the link's QR code
	File             string       // the direct link
	Others           int          // passes beside the one that is described
}

// writePage shows a browser without Wallet what the link is, and how to take it to a phone. The page needs no script and
// loads nothing.
func writePage(w http.ResponseWriter, r *http.Request, bucket webservice.Bucket, linked []wallet.CurrentPackage, link, suffix string) error {
	pkg := linked[0]
	v, err := describe(r, bucket, pkg)
	if findings, ok := errors.AsType[wallet.Findings](err); ok { // what we have signed is no fault of the reader's
		return fmt.Errorf("install page %v: %v", pkg.ID, findings)
	}
	if err != nil {
		return fmt.Errorf("install page %v: %w", pkg.ID, err)
	}
	code, err := qr.Encode(link, qr.M)
	if err != nil {
		return fmt.Errorf("install page %v: QR code: %v", pkg.ID, err)
	}
	v.QR, v.File, v.Others = dataURL(code.PNG()), link+suffix, len(linked)-1
	var body bytes.Buffer
	if err := page.Execute(&body, v); err != nil {
		return fmt.Errorf("install page %v: %v", pkg.ID, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, err = w.Write(body.Bytes())
	return err
}

// describe takes the words and the icon from the package itself.
func describe(r *http.Request, bucket webservice.Bucket, pkg wallet.CurrentPackage) (view, error) {
	var data bytes.Buffer
	if _, err := copyPackage(r.Context(), &data, bucket, pkg); err != nil {
		return view{}, err
	}
	contents, findings := pkpass.Read(data.Bytes())
	if err := findings.Err(); err != nil {
		return view{}, err
	}
	var pass struct {
		OrganizationName string `json:"organizationName"`
		Description      string `json:"description"`
	}
	if err := json.Unmarshal(contents.PassJSON, &pass); err != nil {
		return view{}, err
	}
	v := view{OrganizationName: pass.OrganizationName, Description: pass.Description}
	for _, name := range []string{"icon@3x.png", "icon@2x.png", "icon.png"} {
		if icon, ok := contents.Source.File(name); ok {
			v.Icon = dataURL(icon.Data())
			break
		}
	}
	return v, nil
}

func dataURL(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}
