package main

import (
	"bytes"
	"html/template"
	"net/http"

	"walletpasses.example/server/shared/webservice"

	_ "embed"
)

//go:embed index.html
var indexText string

var indexPage = template.Must(template.New("index").Parse(indexText))

// index says in plain HTML what is running and how to try it.
func (s *server) index() http.Handler {
	return webservice.NewRouter(s.options.log).Handle(webservice.Route{Method: http.MethodGet, Path: "/"},
		func(w http.ResponseWriter, _ *http.Request) error {
			var body bytes.Buffer
			err := indexPage.Execute(&body, map[string]any{
				"URL": s.url, "PassType": s.passType, "Backend": s.options.backend, "Fake": s.apns.fake != nil,
				"Throwaway": s.options.certs == "",
			})
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
			_, err = w.Write(body.Bytes())
			return err
		})
}
