package simtest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"walletpasses.example/server/shared/wallet"
)

// A site is a kind of call that handlers make of the world outside.
type site string

const (
	readDevice      site = "read device"
	saveDevice      site = "save device"
	listRegistered  site = "list registered devices"
	countDevices    site = "count devices"
	listDue         site = "list devices due"
	readPackage     site = "read package"
	listPackages    site = "list packages"
	savePackage     site = "save package"
	readDocument    site = "read document"
	saveDocument    site = "save document"
	listDocuments   site = "list documents"
	readWalk        site = "read walk"
	saveWalk        site = "save walk"
	createObject    site = "create object"
	openObject      site = "open object"
	listObjects     site = "list objects"
	removeObject    site = "remove object"
	readTemplate    site = "read template"
	readCampaign    site = "read campaign"
	saveCampaign    site = "save campaign"
	listCampaigns   site = "list campaigns"
	countPackages   site = "count packages of a template"
	listTemplate    site = "list packages of a template"
	publishChanged  site = "publish pass-changed"
	publishPackaged site = "publish pass-packaged"
	publishSignUp   site = "publish pass-personalized"
	sendPush        site = "push"
)

// A fault is what the scheduler lets become of a call.
type fault uint8

const (
	none           fault = iota
	errorBefore          // fails, and nothing has happened
	errorAfter           // happens, and the answer is lost on its way back
	crashBefore          // the worker crashes just before the call
	crashAfter           // the worker crashes just after it
	deadlineBefore       // the caller's deadline passes before the call has happened
	deadlineAfter        // … after it has
	pushBusy             // APNs: 503
	pushTooMany          // APNs: 429
	pushForbidden        // APNs: 403, the credential is wrong
	pushRefused          // APNs: 400 BadDeviceToken
	pushStale            // APNs: 410, about a time before the token was confirmed
	pushSwallowed        // APNs: 200, and the phone never hears
	lostAnswer           // the caller of the handler never gets its answer
	duplicated           // the message is delivered once more
	lostMessage          // the message is never delivered
	clockJump            // a worker's clock is set ten minutes forward or back
	overtaken            // the call is slow, and everybody else goes first
	faults               // how many kinds there are
)

var faultNames = [faults]string{
	"", "error before", "error after", "crash before", "crash after", "deadline before", "deadline after", "503", "429", "403",
	"BadDeviceToken", "stale 410", "swallowed", "lost answer", "duplicate", "lost message", "clock jump", "overtaken",
}

func (f fault) String() string { return faultNames[f] }

// takesEffect reports that the call happens all the same.
func (f fault) takesEffect() bool {
	return f != errorBefore && f != crashBefore && f != deadlineBefore
}

// Errors that a caller sees.
var (
	errUnavailable = errors.New("unavailable")
	errCrashed     = errors.New("the worker has crashed")
)

// A call is one call of a handler, waiting at the gate.
type call struct {
	task   *task
	site   site
	object string
	from   string // where in the code it is made; known when the gate looks
	until  int    // the step before which the scheduler leaves it alone: it is slow
	resume chan fault
}

// A gate holds calls back until the scheduler lets them through, one at a time.
type gate struct {
	mu      sync.Mutex
	waiting []*call
	looks   bool // at where calls are made
}

// arrive puts a call before the gate and waits for what the scheduler decides.
func (g *gate) arrive(c *call) fault {
	c.resume = make(chan fault)
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	g.mu.Unlock()
	return <-c.resume
}

// calls returns the calls that wait, in an order that does not depend on which goroutine came first. It is for the
// scheduler, when all goroutines are blocked. (The lock is for the race detector: that a goroutine is woken by a timer of the
// bubble tells it nothing of what came before.)
func (g *gate) calls() []*call {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) > 1 {
		slices.SortFunc(g.waiting, func(a, b *call) int {
			return cmp.Or(cmp.Compare(a.task.number, b.task.number), cmp.Compare(a.site, b.site), cmp.Compare(a.object, b.object))
		})
	}
	return g.waiting
}

// release lets one call through.
func (g *gate) release(c *call, f fault) {
	g.mu.Lock()
	i := slices.Index(g.waiting, c)
	g.waiting = slices.Delete(g.waiting, i, i+1)
	g.mu.Unlock()
	c.resume <- f
}

// cross makes one call of the world outside: it waits at the gate and then applies, or not, what the call does.
func cross[T any](ctx context.Context, where site, object string, apply func() (T, error)) (T, error) {
	return crossFrom(ctx, taskOf(ctx).place(), where, object, apply)
}

// crossFrom is cross for a call that is made later than, or elsewhere than, the code under test says.
func crossFrom[T any](ctx context.Context, from string, where site, object string, apply func() (T, error)) (result T, err error) {
	var nothing T
	t := taskOf(ctx)
	f, err := t.ask(ctx, call{task: t, site: where, object: object, from: from})
	if err != nil {
		return nothing, err
	}
	if f.takesEffect() {
		result, err = apply()
	}
	if failed := t.suffer(f); failed != nil {
		return nothing, failed
	}
	if errors.Is(err, wallet.ErrConflict) {
		t.world.sleepers++ // it will wait a random while, and try again
	}
	return result, err
}
