package simtest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

// A task is one invocation of a function: a request, or the delivery of a message. Everything that it starts belongs to it,
// and dies with it.
type task struct {
	world   *world
	number  int
	name    string
	started int // the step
	ctx     context.Context
	cancel  context.CancelCauseFunc

	dead    atomic.Bool // its worker has crashed: it has no effect any more, and nobody gets its answer
	faulted bool        // something went wrong in it that was not its fault
	unheard bool        // its answer will be lost
	again   func()      // does the same once more, beside it
	ended   atomic.Bool
	err     error
	finish  func(err error) // what its end means to whoever called
}

type taskKey struct{}

func taskOf(ctx context.Context) *task { return ctx.Value(taskKey{}).(*task) }

func (t *task) String() string { return fmt.Sprintf("#%d (%s)", t.number, t.name) }

// start runs an invocation. finish is called by the scheduler when it has ended, with errCrashed when it did not live to.
func (w *world) start(name string, run func(context.Context) error, finish func(error)) *task {
	ctx, cancel := context.WithCancelCause(context.Background())
	w.taskNumber++
	t := &task{world: w, number: w.taskNumber, name: name, started: w.step, ctx: ctx, cancel: cancel, finish: finish}
	w.tasks = append(w.tasks, t)
	go func() {
		t.err = run(context.WithValue(ctx, taskKey{}, t))
		t.ended.Store(true)
	}()
	return t
}

// ask waits at the gate. A task that is dead or out of time does not get that far.
func (t *task) ask(ctx context.Context, c call) (fault, error) {
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	return t.world.gate.arrive(&c), nil
}

// suffer does to the task what a fault does, and returns what its caller sees of it.
func (t *task) suffer(f fault) error {
	switch f {
	case errorBefore, errorAfter:
		return errUnavailable
	case crashBefore, crashAfter:
		t.dead.Store(true)
		t.cancel(errCrashed)
		return errCrashed
	case deadlineBefore, deadlineAfter:
		t.cancel(context.DeadlineExceeded)
		return context.DeadlineExceeded
	}
	return nil
}

// dismiss fails the calls of those who are dead or out of time, and reports whether there were any.
func (w *world) dismiss() bool {
	var over []*call
	for _, c := range w.gate.calls() {
		if c.task.ctx.Err() != nil {
			over = append(over, c)
		}
	}
	for _, c := range over {
		w.gate.release(c, deadlineBefore)
	}
	return len(over) > 0
}

// place returns where the code under test makes the call that is on its way to the gate; nothing when the gate does not look.
func (t *task) place() string {
	if !t.world.gate.looks {
		return ""
	}
	var stack [32]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(2, stack[:])])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.File, "/functions/") || strings.Contains(frame.File, "/shared/") && !strings.Contains(frame.File, "/simtest/") {
			return placeName(frame.File, frame.Line)
		}
		if !more {
			return ""
		}
	}
}
