package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"testing"
)

// entry is one record as Cloud Logging reads it.
func entry(t *testing.T, log func(*slog.Logger)) map[string]any {
	t.Helper()
	var b bytes.Buffer
	log(slog.New(traceHandler{slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: cloudNames, Level: slog.LevelDebug}), "my-project"}))
	var record map[string]any
	if err := json.Unmarshal(b.Bytes(), &record); err != nil {
		t.Fatalf("%q: %v", &b, err)
	}
	return record
}

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity
func TestSeverities(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR",
	} {
		record := entry(t, func(log *slog.Logger) { log.Log(context.Background(), level, "hello", "pass", "p") })
		if record["severity"] != want || record["message"] != "hello" || record["pass"] != "p" {
			t.Errorf("%v: %v", level, record)
		}
		if names := slices.Sorted(maps.Keys(record)); !slices.Equal(names, []string{"message", "pass", "severity", "time"}) {
			t.Errorf("%v: names %v", level, names)
		}
	}
}

func TestNamesWithinAGroupAreOurs(t *testing.T) {
	record := entry(t, func(log *slog.Logger) { log.Info("hello", slog.Group("card", "level", "gold", "msg", "hi")) })
	if card, _ := record["card"].(map[string]any); card["level"] != "gold" || card["msg"] != "hi" {
		t.Errorf("%v", record)
	}
}

func TestTheTraceOfARequest(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for traceparent, want := range map[string]any{
		"00-" + id + "-00f067aa0ba902b7-01":     "projects/my-project/traces/" + id,
		"":                                      nil,
		id:                                      nil,
		"00-" + id[1:] + "-00f067aa0ba902b7-01": nil,
		"00-" + id + "-00f067aa0ba902b7":        nil,
		"00-" + id + "x-00f067aa0ba902b7-01":    nil,
		"garbage-garbage-garbage-garbage-garbage": nil,
	} {
		ctx := withTrace(context.Background(), http.Header{"Traceparent": {traceparent}})
		record := entry(t, func(log *slog.Logger) { log.With("a", 1).InfoContext(ctx, "hello") })
		if got := record["logging.googleapis.com/trace"]; got != want {
			t.Errorf("%q: %v, want %v", traceparent, got, want)
		}
	}
	var b bytes.Buffer
	ctx := withTrace(context.Background(), http.Header{"Traceparent": {"00-" + id + "-00f067aa0ba902b7-01"}})
	slog.New(traceHandler{slog.NewJSONHandler(&b, nil), ""}).InfoContext(ctx, "hello")
	if bytes.Contains(b.Bytes(), []byte("trace")) {
		t.Errorf("a trace of no project: %s", &b)
	}
}
