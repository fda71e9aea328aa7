package push

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// note counts an answer, and logs why a push was not taken. The line names no device: what is wrong with one token is
// settled in its record, and what is wrong with many is not about them.
func (f *fanOut) note(ctx context.Context, answer apns.Answer) {
	f.count(answer.Verdict)
	level := slog.LevelError // our credential, topic or request is wrong
	switch answer.Verdict {
	case apns.Taken:
		return
	case apns.Gone:
		level = slog.LevelInfo // the daily life of tokens
	case apns.Refused, apns.Later:
		level = slog.LevelWarn
	}
	reason := cmp.Or(answer.Reason, http.StatusText(answer.Status), "no answer")
	f.log.Log(ctx, level, "push not taken", "passTypeIdentifier", f.pkg.ID.PassTypeIdentifier,
		"verdict", answer.Verdict.String(), "reason", reason, "answer", answer.String())
}

// count takes a verdict into account. Where many pushes in a row meet none, the others would only wait as long for the same.
func (f *fanOut) count(verdict apns.Verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[verdict]++
	if verdict != apns.Later {
		f.untaken = 0
		return
	}
	if f.untaken++; f.untaken == patience {
		f.stop(errDown)
	}
}

// settle records what an answer means for the device, as it stood when APNs was asked.
func (f *fanOut) settle(ctx context.Context, device wallet.Device, answer apns.Answer) error {
	token, at, asked := device.PushToken, device.Tag(), device.ReadAt.Time() // the store's time: no clock of ours
	taken := func(d *wallet.Device) bool { return d.PushTaken(token, at, f.now()) }
	change := taken
	switch answer.Verdict {
	case apns.Taken:
		f.breaker.note(false)
	case apns.Gone:
		if !f.mayAct(ctx) {
			break
		}
		change = func(d *wallet.Device) bool {
			// An answer older than the device's last word is out of date; the next wave asks again.
			return d.TokenGone(token, answer.Timestamp) || taken(d)
		}
	case apns.Refused:
		if !f.mayAct(ctx) {
			break
		}
		change = func(d *wallet.Device) bool { return d.RefuseToken(token, asked) }
	case apns.Bug: // it would be the same the next time
	case apns.Halt:
		f.stop(errHalted)
		return fmt.Errorf("%w: %v", errHalted, answer)
	default:
		return fmt.Errorf("not taken: %v", answer)
	}
	_, err := wallet.UpdateDevice(ctx, f.store, device, func(d *wallet.Device) bool {
		if !change(d) {
			return false
		}
		d.Contact.Pushed, d.Contact.Answer = f.now(), answer.Said()
		return true
	})
	return err
}

// mayAct takes a bad answer into account, and reports whether to act upon it.
func (f *fanOut) mayAct(ctx context.Context) bool {
	if f.breaker.note(true) {
		return true
	}
	f.log.ErrorContext(ctx, "too many bad tokens at once: they stay as they are", "passTypeIdentifier", f.pkg.ID.PassTypeIdentifier)
	return false
}
