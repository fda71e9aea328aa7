package probe

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// An endpoint is one that asks for the pass's token.
type endpoint struct {
	name, method string
	path         func(device, passType, serial string) string
	header       http.Header
	bodies       []string
	// allowed are the statuses of a request that holds what is right, whatever else is wrong with it.
	allowed []int
}

func registration(device, passType, serial string) string {
	return "/v1/devices/" + device + "/registrations/" + passType + "/" + serial
}

func latest(_, passType, serial string) string { return "/v1/passes/" + passType + "/" + serial }

func signUp(_, passType, serial string) string { return latest("", passType, serial) + "/personalize" }

// bodies of everybody: what a device sends, nothing, nonsense, and what an issuer or a message would say.
var (
	tokenBody  = `{"pushToken":"0a0b0c"}`
	signUpBody = `{"personalizationToken":"q83vASNFZ4mrze8BI0VniavN7wEjRWeJ","requiredPersonalizationInfo":` +
		`{"fullName":"Ada Example","emailAddress":"ada@example.com","postalCode":"10115","phoneNumber":"+15550100"}}`
	issuerBody = `{"template":"card","data":{"text":"mine"},"authenticationToken":"mine","passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1"}`
)

var endpoints = []endpoint{
	{name: "register", method: http.MethodPost, path: registration, bodies: []string{tokenBody, "", "{", issuerBody}, allowed: []int{200, 201, 400}},
	{name: "unregister", method: http.MethodDelete, path: registration, bodies: []string{"", tokenBody}, allowed: []int{200, 400}},
	{name: "latest", method: http.MethodGet, path: latest, bodies: []string{""}, allowed: []int{200, 503}},
	{name: "latest by HEAD", method: http.MethodHead, path: latest, bodies: []string{""}, allowed: []int{200, 503}},
	{
		name: "latest if modified", method: http.MethodGet, path: latest, bodies: []string{issuerBody},
		header: http.Header{"If-Modified-Since": {"Sun, 22 Nov 2099 12:00:00 GMT"}}, allowed: []int{304, 503},
	},
	{name: "personalize", method: http.MethodPost, path: signUp, bodies: []string{signUpBody, "", issuerBody}, allowed: []int{200, 400, 404, 409, 503}},
}

// rewrites are ways to write a path that lead to the same endpoint.
var rewrites = []func(string) string{
	func(p string) string { return p },
	func(p string) string { return "/v1" + p },
	func(p string) string { return strings.ReplaceAll(p, "/", "//") },
	func(p string) string { return p + "/" },
}

// A request is a probe on its way.
type request struct {
	*http.Request
	target wallet.PassID // of the path, decoded
	device string        // of the path, decoded
}

// escapes are ways to write a name in a path.
var escapes = []func(string) string{
	url.PathEscape,
	func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02x", s[i])
		}
		return b.String()
	},
}

// reach is the same pass, or one whose name is made of this one's.
func reach(r *rand.Rand, pass wallet.PassID) wallet.PassID {
	switch r.IntN(12) {
	case 0:
		pass.SerialNumber = strings.ToUpper(pass.SerialNumber)
	case 1:
		pass.SerialNumber += []string{" ", "\x00", ".", "/", "/..", ";v=1", "?", "#", "%", "\n", "*"}[r.IntN(11)]
	case 2:
		pass.SerialNumber = "../" + pass.PassTypeIdentifier + "/" + pass.SerialNumber
	case 3:
		pass.PassTypeIdentifier += []string{" ", ".", "/", "\x00", "/card-1"}[r.IntN(5)]
	}
	return pass
}

// ask makes the request of an endpoint for a pass, without credentials. Most are spelled as devices spell them.
func ask(r *rand.Rand, e endpoint, pass wallet.PassID) request {
	device := []string{aPhone, otherPhone, ticketPhone, nobodyPhone}[r.IntN(4)]
	escape, rewrite := escapes[0], rewrites[0]
	if r.IntN(4) == 0 {
		pass = reach(r, pass)
		escape, rewrite = escapes[r.IntN(len(escapes))], rewrites[r.IntN(len(rewrites))]
	}
	target := rewrite(e.path(escape(device), escape(pass.PassTypeIdentifier), escape(pass.SerialNumber)))
	q := request{newRequest(e.method, target, e.bodies[r.IntN(len(e.bodies))]), pass, device}
	for name, values := range e.header {
		q.Header[name] = values
	}
	return q
}

// newRequest is a request as a server has read it. The targets are made here, so one that cannot be read is a mistake.
func newRequest(method, target, body string) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		panic(err)
	}
	return &http.Request{
		Method: method, URL: u, RequestURI: target, Host: "passes.example.com", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 2), Body: readCloser{strings.NewReader(body)}, ContentLength: int64(len(body)),
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// An answer is what came back. It is reused.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) reset() {
	a.status = 0
	a.header = make(http.Header, 4)
	a.body.Reset()
}

// refusal reports the one answer to whoever has no right: 401, one header, no body.
func (a *answer) refusal() bool {
	return a.status == http.StatusUnauthorized && a.body.Len() == 0 && len(a.header) == 1 && slices.Equal(a.header["Cache-Control"], []string{"no-store"})
}
