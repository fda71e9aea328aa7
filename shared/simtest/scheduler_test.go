package simtest

import (
	"time"

	"walletpasses.example/server/shared/wallet"
)

// moves are what the scheduler chooses from, with how often it does. Of those that begin something new, each schedule has its
// own mixture.
var moves = []move{
	{60, follows, (*world).letThrough},
	{16, follows, (*world).deliverAny},
	{12, follows, (*world).phoneActs},
	{6, follows, (*world).timersPass},
	{3, begins, (*world).phoneWhim},
	{3, begins, (*world).businessActs},
	{2, begins, (*world).sweepCalled},
	{2, begins, (*world).timePasses},
	{1, begins, (*world).messageAgain},
	{1, begins, (*world).messageLost},
	{1, begins, (*world).clockJumps},
}

// A move is one kind of step. It reports whether there was anything to do.
type move struct {
	weight int
	kind   kind
	try    func(*world) bool
}

// kind tells a move that goes on with what has begun from one that begins something, or lets something go wrong: these are not
// made in the quiet time.
type kind int

const (
	follows kind = iota
	begins
)

// moment is how long a step takes.
const moment = 10 * time.Millisecond

// crowd is how many tasks may be at work at once.
const crowd = 7

// move makes one step: one thing happens, and then everything that follows from it without another call of the world outside.
// In the quiet time, nothing new begins. It reports false when nothing can go on.
func (w *world) move(quiet bool) bool {
	w.settle()
	w.model.check()
	w.step++
	w.pass(moment)
	if moves[w.drawMove(quiet)].try(w) {
		return true
	}
	for _, m := range moves { // what was drawn is not possible: the first that is
		if m.kind == follows && m.try(w) {
			return true
		}
	}
	return false
}

// drawMove draws a move, by the weights of the schedule.
func (w *world) drawMove(quiet bool) int {
	weigh := func(i int) int {
		if quiet && moves[i].kind == begins {
			return 0
		}
		return w.config.weights[i]
	}
	total := 0
	for i := range moves {
		total += weigh(i)
	}
	chosen, n := 0, w.random.IntN(total)
	for n -= weigh(chosen); n >= 0; n -= weigh(chosen) {
		chosen++
	}
	return chosen
}

// letThrough lets one call through the gate, with or without a fault.
func (w *world) letThrough() bool {
	calls := w.gate.calls()
	if len(calls) == 0 {
		return false
	}
	c := calls[w.random.IntN(len(calls))]
	for range calls { // the slow ones only when there is no other
		if c.until == 0 {
			c.until = w.step
			if w.random.IntN(w.config.slow) == 0 {
				c.until += w.random.IntN(40)
			}
		}
		if c.until <= w.step {
			break
		}
		c = calls[w.random.IntN(len(calls))]
	}
	w.let(c, w.drawFault(c))
	return true
}

// let lets a call through, with what becomes of it.
func (w *world) let(c *call, f fault) {
	w.counts.add(c.site, f)
	if f == none {
		w.say("%v: %s %s", c.task, c.site, c.object)
	} else {
		c.task.faulted = true
		w.say("%v: %s %s: %v", c.task, c.site, c.object, f)
	}
	switch f {
	case lostAnswer:
		c.task.unheard = true
	case duplicated:
		c.task.again()
	case overtaken:
		c.task.again()
		w.held = c
		return
	}
	w.gate.release(c, f)
}

// drawFault decides what becomes of a call.
func (w *world) drawFault(c *call) fault {
	if w.faultsLeft == 0 || len(w.config.faults) == 0 || w.random.IntN(w.config.rarity) != 0 {
		return none
	}
	f := w.config.faults[w.random.IntN(len(w.config.faults))]
	if f >= pushBusy && c.site != sendPush {
		return none
	}
	w.faultsLeft--
	return f
}

// strikes decides whether a fault happens that is none of a call, one time in so many.
func (w *world) strikes(f fault, odds int) bool {
	if !w.config.happens[f] || w.faultsLeft == 0 || w.random.IntN(odds) != 0 {
		return false
	}
	w.faultsLeft--
	w.counts.add("", f)
	return true
}

func (w *world) deliverAny() bool {
	messages := w.bus.waiting()
	if len(messages) == 0 || len(w.tasks) >= crowd {
		return false
	}
	w.deliver(messages[w.random.IntN(len(messages))])
	return true
}

func (w *world) phoneActs() bool {
	first := w.random.IntN(len(w.phones))
	for i := range w.phones {
		if w.phones[(first+i)%len(w.phones)].act() {
			return true
		}
	}
	return false
}

// timersPass lets those go on who wait before another attempt.
func (w *world) timersPass() bool {
	if w.sleepers == 0 && (len(w.tasks) == 0 || len(w.gate.calls()) > 0) {
		return false
	}
	w.sleepers = 0
	w.say("timers pass")
	time.Sleep(patience)
	return true
}

func (w *world) businessActs() bool {
	if len(w.tasks) >= crowd {
		return false
	}
	w.trade(w.anySerial())
	return true
}

func (w *world) sweepCalled() bool {
	if !w.config.sweep || w.sweeping || len(w.tasks) >= crowd {
		return false
	}
	w.callSweep()
	return true
}

// timePasses moves the clock: by seconds while a function is at work, for none works long, and by up to a day otherwise.
func (w *world) timePasses() bool {
	spans := []time.Duration{time.Second, 30 * time.Second, 6 * time.Minute, time.Hour, 7 * time.Hour, 26 * time.Hour}
	span := spans[w.random.IntN(len(spans))]
	if len(w.tasks) > 0 {
		span = min(span, time.Duration(1+w.random.IntN(20))*time.Second)
	}
	w.pass(span)
	w.say("%v pass", span)
	return true
}

// messageAgain delivers a message while it is in hand already, or keeps one that will be acknowledged.
func (w *world) messageAgain() bool {
	if len(w.bus.messages) == 0 || len(w.tasks) >= crowd || !w.strikes(duplicated, 1) {
		return false
	}
	w.deliver(w.bus.messages[w.random.IntN(len(w.bus.messages))])
	return true
}

func (w *world) messageLost() bool {
	messages := w.bus.waiting()
	if len(messages) == 0 || !w.strikes(lostMessage, 1) {
		return false
	}
	m := messages[w.random.IntN(len(messages))]
	if m.topic == wallet.TopicPassUpdates { // the business's own, which nobody else knows of
		return false
	}
	w.say("message %d, %s: %s, is lost", m.number, m.topic, m.pass)
	w.bus.remove(m)
	return true
}

func (w *world) clockJumps() bool {
	if !w.strikes(clockJump, 1) {
		return false
	}
	i := w.random.IntN(len(w.workers))
	skew := []time.Duration{-jump, 0, jump}[w.random.IntN(3)]
	w.workers[i].set(w.now, skew)
	w.say("the clock of worker %d is off by %v", i, skew)
	return true
}
