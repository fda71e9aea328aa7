package probe

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// faults are what a call can meet. Their own texts are harmless; what matters is what the handlers make of them.
var faults = []error{
	errors.New("rpc error: code = Unavailable desc = try again"),
	fmt.Errorf("%w: the record has another revision", wallet.ErrConflict),
	fmt.Errorf("%w: the record cannot be read", wallet.ErrInvalid),
	fmt.Errorf("%w: no such thing", wallet.ErrNotFound),
	context.DeadlineExceeded,
}

// stride is how many calls there are from one fault to the next in a life with faults. It shares no factor with the lengths of
// the parts of a life, so that each call meets some.
const stride = 7

// Nothing that is planted leaves the server but to whom it belongs, whatever goes well.
func TestNothingLeaksWhenAllIsWell(t *testing.T) {
	c := newCage(t)
	c.live()
	c.check()
	for _, name := range []string{theToken, theForm, theImported, theLink, theData} {
		if !c.heard[name] {
			t.Errorf("%s was told to nobody, not even to whom it belongs", name)
		}
	}
	if c.apns.pushed < 5 || len(c.bus.sent) < 20 || len(c.log.String()) < 10_000 {
		t.Errorf("%d pushes, %d messages, %d bytes of log: that was no life", c.apns.pushed, len(c.bus.sent), len(c.log.String()))
	}
	for name, text := range map[string]string{thePerson: c.signUp(t), theDevice: c.messages()} {
		if c.sing(text)[name] == "" {
			t.Errorf("%s was never there", name)
		}
	}
}

// signUp is what the business finds of its customer.
func (c *cage) signUp(t *testing.T) string {
	t.Helper()
	p, err := c.store.Personalization(t.Context(), formPass)
	if err != nil {
		t.Fatal(err)
	}
	return p.Info["emailAddress"].Reveal()
}

func (c *cage) messages() string {
	var all string
	for _, m := range c.bus.sent {
		all += string(m) + "\n"
	}
	return all
}

// The same while calls of the store, the bucket, the bus, the templates and the pictures fail, before or after they took
// effect: one call in so many, each life others, and each with another fault than the one before.
func TestNothingLeaksWhenCallsFail(t *testing.T) {
	for life := range stride {
		t.Run(fmt.Sprint(life), func(t *testing.T) {
			c := newCage(t)
			calls := 0
			c.gate.fault = func(call) (before, after error) {
				calls++
				nth := calls/stride + life
				switch fault := faults[nth%len(faults)]; {
				case calls%stride != life%stride:
					return nil, nil
				case nth%2 == 0:
					return fault, nil
				default:
					return nil, fault
				}
			}
			c.live()
			c.check()
			if calls < 500 {
				t.Errorf("only %d calls", calls)
			}
		})
	}
}
