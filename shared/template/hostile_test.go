package template_test

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"runtime"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// quickest returns how long work takes when nothing else is in its way: the first time that is within the limit will do.
func quickest(limit time.Duration, work func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	for try := 0; try < 3 && least > limit; try++ {
		start := time.Now()
		work()
		least = min(least, time.Since(start))
	}
	return least
}

// TestHostileTemplates holds that each is refused by name, within 128 MiB and a second, and that nothing is opened which has
// no place in a template.
func TestHostileTemplates(t *testing.T) {
	for name, h := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			folder := h.listing(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tmpl, err := template.Load(folder, "card")
			runtime.ReadMemStats(&after)
			findings, ok := errors.AsType[wallet.Findings](err)
			if tmpl != nil || !ok || findings.Err() == nil {
				t.Fatalf("Load = %v, %.200v; want findings", tmpl, err)
			}
			if got := brief(findings[:1])[0]; got != h.Want {
				t.Errorf("%q, want %q", got, h.Want)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 128<<20 {
				t.Errorf("took %d MiB", made>>20)
			}
			if took := quickest(patience.Second, func() { _, _ = template.Load(folder, "card") }); took > patience.Second {
				t.Errorf("took %v", took)
			}
			for _, opened := range folder.opened {
				if ext := path.Ext(opened); !fs.ValidPath(opened) || ext != ".json" && ext != ".strings" && ext != ".png" {
					t.Errorf("%q was opened", opened)
				}
			}
		})
	}
}
