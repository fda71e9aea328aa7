package gcp

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
)

// Logger returns the process's logger: JSON lines on standard error under the names that Cloud Logging knows.
// https://cloud.google.com/logging/docs/structured-logging
var Logger = sync.OnceValue(func() *slog.Logger {
	handler := slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: cloudNames})
	return slog.New(traceHandler{handler, os.Getenv("GOOGLE_CLOUD_PROJECT")})
})

func cloudNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		severity := a.Value.String()
		if severity == "WARN" {
			severity = "WARNING"
		}
		return slog.String("severity", severity)
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

type traceKey struct{}

// withTrace takes over the trace of a request, so that its records are shown together.
// https://www.w3.org/TR/trace-context/#traceparent-header
func withTrace(ctx context.Context, header http.Header) context.Context {
	parts := strings.Split(header.Get("Traceparent"), "-")
	if len(parts) != 4 || len(parts[1]) != 32 {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, parts[1])
}

// traceHandler adds the trace of the context to each record.
type traceHandler struct {
	slog.Handler
	project string
}

func (h traceHandler) Handle(ctx context.Context, r slog.Record) error {
	if trace, ok := ctx.Value(traceKey{}).(string); ok && h.project != "" {
		r.AddAttrs(slog.String("logging.googleapis.com/trace", "projects/"+h.project+"/traces/"+trace))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traceHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traceHandler{h.Handler.WithAttrs(attrs), h.project}
}

func (h traceHandler) WithGroup(name string) slog.Handler {
	return traceHandler{h.Handler.WithGroup(name), h.project}
}
