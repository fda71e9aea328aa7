package probe

import (
	"net/http"
	"net/url"
	"strings"
)

// spellings put a token into a request.
var spellings = []func(r *http.Request, token string){
	in("ApplePass "), in("applepass "), in("APPLEPASS "), in("ApplePass  "), in(" ApplePass "), in("ApplePass\t"), in("ApplePass \t"), in("ApplePass\u00a0"),
	in("Bearer "), in("Basic "), in("AndroidPass "), in("ApplePass"), in("ApplePass="), in("ApplePass:"), in("ApplePass: "), in("ApplePass token="), in(""), in(" "), in("Apple Pass "),
	in("ApplePass ApplePass "), in("Bearer ApplePass "), in("ApplePassX "), in("\"ApplePass\" "), in("ApplePas\u017f "), // a long s, which folds to s
	values("ApplePass %", "ApplePass wrong"), values("ApplePass wrong", "ApplePass %"), values("", "ApplePass %"), values("ApplePass %", "ApplePass %"),
	values("Bearer %", "ApplePass %"), values("ApplePass % "), values("ApplePass %,"), values("ApplePass wrong %"), values("ApplePass % wrong"), values("ApplePass "),
	elsewhere("Proxy-Authorization"), elsewhere("X-Authorization"), elsewhere("X-Forwarded-Authorization"), elsewhere("Cookie"), elsewhere("X-Serverless-Authorization"),
	func(r *http.Request, token string) { r.URL.RawQuery = "authenticationToken=" + url.QueryEscape(token) },
	func(r *http.Request, token string) { r.URL.User = url.UserPassword("ApplePass", token) },
	func(r *http.Request, token string) { r.Header.Set("X-HTTP-Method-Override", token) },
}

func in(scheme string) func(*http.Request, string) {
	return func(r *http.Request, token string) { r.Header["Authorization"] = []string{scheme + token} }
}

// values sends several headers; % stands for the token.
func values(texts ...string) func(*http.Request, string) {
	return func(r *http.Request, token string) {
		sent := make([]string, len(texts))
		for i, text := range texts {
			sent[i] = strings.ReplaceAll(text, "%", token)
		}
		r.Header["Authorization"] = sent
	}
}

func elsewhere(header string) func(*http.Request, string) {
	return func(r *http.Request, token string) { r.Header.Set(header, "ApplePass "+token) }
}
