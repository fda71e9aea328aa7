package main

import (
	"context"
	"fmt"
	"strings"
)

// trace says how far the newest change of a pass has come, for whoever has to find out why it went no further.
func (o *ordeal) trace(ctx context.Context, pass *issued) string {
	v, err := o.view(ctx, pass.PassID)
	if err != nil {
		return err.Error()
	}
	var trace strings.Builder
	fmt.Fprintf(&trace, "%d points were acknowledged for %s: its document has %d, its package is version %d, made of the newest document: %t",
		pass.points, pass.SerialNumber, v.Document.Data.Points, v.Package.Version, v.Package.Current)
	pass.mu.Lock()
	defer pass.mu.Unlock()
	for p := range pass.holders {
		device, err := o.clients.records.Device(ctx, p.id())
		if err != nil {
			return err.Error()
		}
		there := device.Passes[pass.SerialNumber]
		fmt.Fprintf(&trace, "\nphone %d (%.8s…) shows %v: version %d is its change %d of %d; it has presented %d and was pushed %d; the next push is due %v; that is its token: %t",
			p.number, p.DeviceLibraryIdentifier(), p.Field(pass.PassID, "points"), there.Version, there.Sequence, device.Sequence, device.Presented, device.Pushed,
			device.PushDue, device.PushToken.Reveal() == p.PushToken())
	}
	return trace.String()
}
