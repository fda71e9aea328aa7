package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// settle waits until everything is as it was acknowledged.
func (o *ordeal) settle(ctx context.Context) error {
	for _, pass := range o.passes {
		if err := until(ctx, func() string { return o.unpackaged(ctx, pass) }); err != nil {
			return err
		}
	}
	for _, p := range o.phones {
		if err := until(ctx, func() string { return o.owed(ctx, p) }); err != nil {
			return err
		}
	}
	return nil
}

// unpackaged says why what was last written of a pass cannot be fetched yet; empty when it can.
func (o *ordeal) unpackaged(ctx context.Context, pass *issued) string {
	v, err := o.view(ctx, pass.PassID)
	switch {
	case err != nil:
		return err.Error()
	case v.Document.Data.Points != pass.points:
		return fmt.Sprintf("%s has %d points and %d were acknowledged", pass.SerialNumber, v.Document.Data.Points, pass.points)
	case !v.Package.Current:
		return pass.SerialNumber + " has no package of its newest document"
	default:
		pass.link = v.InstallURL
		return ""
	}
}

// owed says what the server still owes to a phone; empty when it has recorded all that it acknowledged, and the phone
// shows all that was written and has presented the tag that says so.
func (o *ordeal) owed(ctx context.Context, p *owned) string {
	var acknowledged []string
	for _, pass := range p.passes {
		if lack := p.lacks(pass.PassID, pass.points); lack != "" {
			return lack
		}
		acknowledged = append(acknowledged, pass.SerialNumber)
	}
	slices.Sort(acknowledged)
	if err := p.Update(ctx, passType); err != nil { // which presents the newest tag
		return fmt.Sprintf("phone %d cannot update: %v", p.number, err)
	}
	device, err := o.clients.records.Device(ctx, p.id())
	if err != nil {
		return err.Error()
	}
	if lost := unrecorded(device, acknowledged, wallet.NewPushToken(p.PushToken())); lost != "" {
		return fmt.Sprintf("phone %d %s", p.number, lost)
	}
	return ""
}

// unrecorded says what the record of a device lacks, beside what was acknowledged to the device; empty when nothing.
func unrecorded(device wallet.Device, acknowledged []string, token wallet.PushToken) string {
	registered := slices.Sorted(maps.Keys(device.Passes))
	switch {
	case !slices.Equal(registered, acknowledged):
		return fmt.Sprintf("has registered %v, and %v was acknowledged", registered, acknowledged)
	case len(registered) > 0 && device.PushToken != token:
		return "would be pushed to at a token that it has given up"
	case device.Behind():
		return "has not presented the tag of its newest change"
	default:
		return ""
	}
}
