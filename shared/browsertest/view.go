package browsertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Desktop is what a browser on a desk says it is.
const Desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

// A View is how somebody looks at a page. The zero value is a light window on a desk.
type View struct {
	Width, Height int     // of the window, in CSS pixels; 1280 by 800 when zero
	Scale         float64 // device pixels in a CSS pixel; 1 when zero
	Dark          bool    // what prefers-color-scheme says
	NoScript      bool    // the page's scripts are switched off
	Languages     string  // Accept-Language, for example "de,en;q=0.5"; English when empty
	UserAgent     string  // Desktop when empty
}

// String is the view in a few words, for the name of a subtest.
func (v View) String() string {
	name := fmt.Sprintf("%d px", cmp.Or(v.Width, 1280))
	if v.Dark {
		name += " dark"
	}
	if v.NoScript {
		name += " without script"
	}
	return name
}

// emulate is the step that has a page seen so.
func (v View) emulate() chromedp.Action[chromedp.Void] {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, size := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(cmp.Or(v.Width, 1280)), Height: int64(cmp.Or(v.Height, 800)), DeviceScaleFactor: cmp.Or(v.Scale, 1),
		})
		_, media := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		_, script := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
		_, agent := cdp.Call(ctx, t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: cmp.Or(v.UserAgent, Desktop), AcceptLanguage: cmp.Or(v.Languages, "en"),
		})
		return errors.Join(size, media, script, agent)
	})
}
