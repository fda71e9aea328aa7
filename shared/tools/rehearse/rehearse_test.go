package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/emulator"
)

// The functions as deployed bring updates to phones by every road, lose nothing when any of them is killed, and stay until
// interrupted.
func TestRehearsal(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out := &watched{Writer: t.Output(), text: "running", seen: interrupt}
	err := rehearse(ctx, options{load: load{kills: 50, registrations: 150, updates: 150}, seed: rand.Uint64(), stay: true}, out)
	emulator.Unless(t, err)
	if t.Context().Err() == nil && ctx.Err() == nil {
		t.Error("it ended before it was interrupted")
	}
}

// A watched writer calls seen when a text passes.
type watched struct {
	io.Writer
	text string
	seen func()
}

func (w *watched) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.seen()
	}
	return w.Writer.Write(p)
}

func TestFlags(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"an argument":    {[]string{"register"}, "use rehearse"},
		"fewer than no":  {[]string{"-kills", "-1"}, "use rehearse"},
		"less than none": {[]string{"-kills", "1", "-updates", "-1"}, "use rehearse"},
		"an unknown one": {[]string{"-kill"}, "-kill"},
	} {
		if err := run(t.Context(), test.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	var usage strings.Builder
	if err := run(t.Context(), []string{"-h"}, io.Discard, &usage); !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), "-stay") {
		t.Errorf("-h: %v, %q", err, usage.String())
	}
}
