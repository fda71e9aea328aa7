package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/webservice"
)

// logLength is how many lines of devices are kept.
const logLength = 200

// A deviceLog keeps the last lines in which devices complained.
type deviceLog struct {
	publish func(console.Event)

	mu    sync.Mutex
	lines []deviceLine
}

type deviceLine struct {
	Time time.Time `json:"time"`
	Line string    `json:"line"`
}

func (l *deviceLog) add(line deviceLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == logLength {
		l.lines = l.lines[1:]
	}
	l.lines = append(l.lines, line)
	l.publish(console.Event{Kind: console.KindLog})
}

// last returns the lines kept, newest last.
func (l *deviceLog) last() []deviceLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]deviceLine{}, l.lines...)
}

// tappedLog is a log whose records of package devicelog are kept, too.
type tappedLog struct {
	slog.Handler
	devices *deviceLog
}

// Enabled lets the records of devices through, whatever level is written.
func (t tappedLog) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || t.Handler.Enabled(ctx, level)
}

func (t tappedLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "device log" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "line" {
				t.devices.add(deviceLine{r.Time, strings.TrimSpace(a.Value.String())})
			}
			return true
		})
	}
	if !t.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

func (t tappedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tappedLog{t.Handler.WithAttrs(attrs), t.devices}
}

func (t tappedLog) WithGroup(name string) slog.Handler {
	return tappedLog{t.Handler.WithGroup(name), t.devices}
}

// showDeviceLog shows what devices have complained about, newest last.
func (s *server) showDeviceLog(w http.ResponseWriter, _ *http.Request) error {
	return webservice.WriteJSON(w, http.StatusOK, map[string]any{"lines": s.devices.last()})
}
