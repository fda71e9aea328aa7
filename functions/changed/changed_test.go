package changed_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/shared/wallet"
)

// A bus keeps what is announced, and fails before or after it was.
type bus struct {
	announced  []wallet.PassChanged
	down, lost error
}

func (b *bus) PassChanged(ctx context.Context, e wallet.PassChanged) error {
	if err := errors.Join(ctx.Err(), b.down); err != nil {
		return err
	}
	b.announced = append(b.announced, e)
	return b.lost
}

var (
	one     = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	two     = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-2"}
	errDown = errors.New("down")
)

// Each write is announced, also the same one again: whether the pass is any different is for others to find out.
func TestEachWriteIsOneMessage(t *testing.T) {
	var b bus
	handle := changed.New(&b)
	for _, id := range []wallet.PassID{one, two, one} {
		if err := handle(t.Context(), id); err != nil {
			t.Errorf("%v: %v", id, err)
		}
	}
	if want := []wallet.PassChanged{{PassID: one}, {PassID: two}, {PassID: one}}; !slices.Equal(b.announced, want) {
		t.Errorf("announced %v, want %v", b.announced, want)
	}
}

// Promise 1: a write is taken for announced only when the message is durable. Otherwise the platform calls again.
func TestFailuresAskForAnotherCall(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx       context.Context
		bus       bus
		want      error
		announced int
	}{
		"the bus is down":      {t.Context(), bus{down: errDown}, errDown, 0},
		"its answer is lost":   {t.Context(), bus{lost: errDown}, errDown, 1},
		"the call is given up": {ended, bus{}, context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			handle := changed.New(&c.bus)
			err := handle(c.ctx, one)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), one.String()) || len(c.bus.announced) != c.announced {
				t.Errorf("%v; announced %v", err, c.bus.announced)
			}
			c.bus.down, c.bus.lost = nil, nil
			if err := handle(t.Context(), one); err != nil || len(c.bus.announced) != c.announced+1 {
				t.Errorf("then %v; announced %v", err, c.bus.announced)
			}
		})
	}
}
