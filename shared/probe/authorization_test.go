package probe

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

var (
	seedFlag   = flag.Uint64("seed", 1, "the seed of the probes")
	firstFlag  = flag.Uint64("first", 0, "the number of the first probe; the others follow it")
	probesFlag = flag.Uint64("probes", 0, "how many probes to send; 0 for as many as fit into two seconds")
)

// A tally counts the probes of a lane, and what became of them.
type tally struct {
	probes, refused, given, lookups int
	byRole                          map[string]int // how many requests of a role were let in
}

func (t *tally) add(o tally) {
	t.probes, t.refused, t.given, t.lookups = t.probes+o.probes, t.refused+o.refused, t.given+o.given, t.lookups+o.lookups
	for role, n := range o.byRole {
		t.byRole[role] += n
	}
}

// TestAuthorization sends probes, one lane on each core, each with a shop of its own.
func TestAuthorization(t *testing.T) {
	if _, err := made(); err != nil {
		t.Fatal(err)
	}
	const batch = 1000
	var next atomic.Uint64
	total := tally{byRole: make(map[string]int)}
	var mu sync.Mutex
	began := time.Now()
	more := func() (first, n uint64) {
		if t.Failed() || *probesFlag == 0 && time.Since(began) > 2*time.Second {
			return 0, 0
		}
		first, n = next.Add(batch)-batch, batch
		if *probesFlag > 0 {
			n = min(n, *probesFlag-min(first, *probesFlag))
		}
		return *firstFlag + first, n
	}
	t.Run("lanes", func(t *testing.T) {
		for lane := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(lane), func(t *testing.T) {
				t.Parallel()
				s, err := newShop()
				if err != nil {
					t.Fatal(err)
				}
				p := &prober{shop: s, oracle: make(oracle), tally: tally{byRole: make(map[string]int)}, random: rand.NewPCG(0, 0)}
				for first, n := more(); n > 0; first, n = more() {
					for i := first; i < first+n && !t.Failed(); i++ {
						if problem := p.send(i); problem != "" {
							t.Errorf("%s\nagain: go test ./shared/probe -run TestAuthorization -seed %d -first %d -probes 1", problem, *seedFlag, i)
						}
					}
				}
				if err := s.store.Violations(); err != nil {
					t.Errorf("the store was misused: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				total.add(p.tally)
			})
		}
	})
	took := time.Since(began)
	t.Logf("%d probes in %v, %.0f/s: %d refused, at the cost of %d lookups of a token of a foreign form; %d let in, all with a right",
		total.probes, took.Round(time.Millisecond), float64(total.probes)/took.Seconds(), total.refused, total.lookups, total.given)
	if total.probes >= 10_000 {
		checkTally(t, total)
	}
}

// checkTally sees to it that the probes were not all refused for a dull reason.
func checkTally(t *testing.T, total tally) {
	t.Helper()
	for _, role := range []string{"the holder", "the holder since the old key", "the holder of the imported pass"} {
		if total.byRole[role] == 0 {
			t.Errorf("%s was never let in", role)
		}
	}
	for _, role := range []string{"a stranger", "a guesser", "whoever has a link", "whoever knows a device", "an issuer", "whoever has the key that was taken away"} {
		if n := total.byRole[role]; n > 0 {
			t.Errorf("%s was let in %d times", role, n)
		}
	}
	if total.lookups == 0 || total.refused < total.given {
		t.Errorf("%d refused, %d given, %d lookups", total.refused, total.given, total.lookups)
	}
}

// A prober sends probes to its shop.
type prober struct {
	*shop
	oracle oracle
	tally  tally
	random *rand.PCG
	answer answer
}

// send makes the probe of a number and returns what it should not have got. The number and the seed alone decide the probe.
func (p *prober) send(number uint64) string {
	p.random.Seed(*seedFlag, number)
	r := rand.New(p.random)
	p.gate.calls = p.gate.calls[:0]
	p.answer.reset()
	p.tally.probes++
	switch kind := r.IntN(20); kind {
	case 0:
		return p.list(r)
	case 1:
		return p.follow(r)
	case 2:
		return p.astray(r)
	default:
		return p.ask(r, number)
	}
}

// ask sends a credential to an endpoint that wants the pass's token. The number walks through every pass, role and endpoint with
// every mutation or spelling, far apart from one probe to the next; what is left to chance is the rest.
func (p *prober) ask(r *rand.Rand, number uint64) string {
	const step = 1_000_003 // a prime
	forms := len(mutations) + len(spellings)
	all := uint64(len(things) * len(roles) * len(endpoints) * forms)
	again := number >= all // each has had its turn
	number = number % all * step % all
	pick := func(n int) int {
		i := number % uint64(n)
		number /= uint64(n)
		return int(i)
	}
	thing, role, e, form := things[pick(len(things))], roles[pick(len(roles))], endpoints[pick(len(endpoints))], pick(forms)
	mutate, spell := mutations[0], spellings[0]
	if form < len(mutations) {
		mutate = mutations[form]
	} else {
		spell = spellings[form-len(mutations)]
	}
	if again && r.IntN(2) == 0 {
		mutate, spell = mutations[r.IntN(len(mutations))], spellings[r.IntN(len(spellings))]
	}
	q := ask(r, e, thing.id)
	if token := mutate(r, role.credential(p.shop, r, thing)); token != "" || role.name != "a stranger" {
		spell(q.Request, token)
	}
	p.web.ServeHTTP(&p.answer, q.Request)
	problem := p.check(e, q, role.name)
	if problem == "" {
		return ""
	}
	return fmt.Sprintf("%s, %s, %s: %s\n%s %q, Authorization %q", e.name, thing.kind, role.name, problem, q.Method, q.URL.EscapedPath(), q.Header["Authorization"])
}

// check holds an answer to what the oracle says.
func (p *prober) check(e endpoint, q request, role string) string {
	authorization := q.Header["Authorization"]
	worth := p.oracle.judge(q.target, authorization)
	if p.answer.status == http.StatusUnauthorized || worth == never {
		p.tally.refused++
		return p.checkRefusal(q, worth)
	}
	p.tally.given++
	p.tally.byRole[role]++
	if !slices.Contains(e.allowed, p.answer.status) {
		return fmt.Sprintf("status %d", p.answer.status)
	}
	if p.answer.status == http.StatusOK && q.Method == http.MethodGet && !bytes.Equal(p.answer.body.Bytes(), p.held[q.target]) {
		return "another package than the pass's own"
	}
	for _, c := range p.gate.calls {
		if c.pass != (wallet.PassID{}) && c.pass != q.target {
			return fmt.Sprintf("%s of another pass, %v", c.name, c.pass)
		}
	}
	device := wallet.DeviceID{PassTypeIdentifier: q.target.PassTypeIdentifier, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(q.device)}
	switch {
	case e.name == "register" && p.answer.status != http.StatusBadRequest:
		p.note(device, q.target.SerialNumber, true)
	case e.name == "unregister" && p.answer.status == http.StatusOK:
		p.note(device, q.target.SerialNumber, false)
	}
	return ""
}

// checkRefusal wants the one refusal, at no cost but that of one lookup where there is something to look up.
func (p *prober) checkRefusal(q request, worth verdict) string {
	if worth == must {
		return "refused, with the right token"
	}
	if !p.answer.refusal() {
		return fmt.Sprintf("no right, and the answer is %d, %v, %.100q", p.answer.status, p.answer.header, p.answer.body.Bytes())
	}
	if len(p.gate.calls) == 0 {
		return ""
	}
	p.tally.lookups++
	if only := (call{"CurrentPackage", q.target}); !lookup(q.target, q.Header["Authorization"]) || len(p.gate.calls) > 1 || p.gate.calls[0] != only {
		return fmt.Sprintf("the refusal costs %v", p.gate.calls)
	}
	return ""
}

// follow sends an install link.
func (p *prober) follow(r *rand.Rand) string {
	q, text := follow(p.shop, r)
	p.install.ServeHTTP(&p.answer, q)
	refused, problem := checkLink(p.shop, q, text, &p.answer)
	if refused {
		p.tally.refused++
	} else {
		p.tally.given++
	}
	if problem == "" {
		return ""
	}
	return fmt.Sprintf("install: %s\n%s %q", problem, q.Method, q.URL.EscapedPath())
}
