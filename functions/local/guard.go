package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
)

// guarded keeps web pages of other origins from using a browser on this machine to reach the server: neither by posting to
// it, nor under a name of their own that leads here.
func guarded(h http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
			http.Error(w, "local mode answers to its address and to localhost only", http.StatusMisdirectedRequest)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

// byFirstSegment stands where a load balancer stands in the cloud. Like that one, and unlike [http.ServeMux], it never
// redirects.
func byFirstSegment(handlers map[string]http.Handler, otherwise http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
		if h, ok := handlers[first]; ok {
			h.ServeHTTP(w, r)
			return
		}
		otherwise.ServeHTTP(w, r)
	})
}

// quiet is a log without what is no trouble: the console asks again with every event.
type quiet struct{ slog.Handler }

// Enabled lets warnings and errors through.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
