package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Devices reads and writes device records.
type Devices interface {
	// Device returns the record, or one with Revision 0 when there is none. ReadAt is always set.
	Device(ctx context.Context, id DeviceID) (Device, error)
	// SaveDevice makes the record durable before it returns its new revision. It fails with [ErrConflict], changing
	// nothing, when the stored record is not of d.Revision any more. A record without passes is deleted; its revision
	// is 0.
	SaveDevice(ctx context.Context, d Device) (Revision, error)
}

// UpdateDevice applies change to the record and saves it, reading it again whenever somebody else was faster. It starts
// from seen, so a record that was just read is not read twice. change returns false to leave the record as it is, and is
// called once per attempt, on a copy. The result is the record as saved, or as read when nothing was to change.
func UpdateDevice(ctx context.Context, devices Devices, seen Device, change func(*Device) bool) (Device, error) {
	for attempt := 0; ; attempt++ {
		d := seen.Clone()
		if !change(&d) {
			return d, nil
		}
		revision, err := devices.SaveDevice(ctx, d)
		if err == nil {
			d.Revision = revision
			return d, nil
		}
		if !errors.Is(err, ErrConflict) {
			return Device{}, fmt.Errorf("save device %v: %w", seen.ID, err)
		}
		if err := Backoff(ctx, attempt); err != nil {
			return Device{}, fmt.Errorf("save device %v: %w", seen.ID, err)
		}
		if seen, err = devices.Device(ctx, seen.ID); err != nil {
			return Device{}, fmt.Errorf("read device %v: %w", seen.ID, err)
		}
	}
}

// conflictLimit is how often a guarded write is tried: enough for every till and phone of one record at once.
const conflictLimit = 12

// Backoff waits before attempt+1 of a guarded write that met [ErrConflict]: up to 2 ms, 4 ms, … 1 s, at random, so that
// writers who collided do not collide again. It fails with [ErrConflict] when the attempts are used up, or with the
// context's error.
func Backoff(ctx context.Context, attempt int) error {
	if attempt+1 >= conflictLimit {
		return fmt.Errorf("%w: %d attempts", ErrConflict, conflictLimit)
	}
	t := time.NewTimer(rand.N(min(time.Second, 2*time.Millisecond<<attempt)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
