package simtest

import (
	"fmt"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A phone does what the specification says of devices. It remembers what it still has to do, and does it one request at a
// time in each of two lanes: registrations, and everything it reads. That it times out and asks again while a request is still
// at work is left out for registrations alone: no server could tell which of the two came last.
type phone struct {
	world   *world
	number  int
	life    int    // how many identifiers it has had
	tokens  int    // how many push tokens it has had
	name    string // its device library identifier
	token   string
	retired map[string]time.Time // since when its former tokens are inactive
	silent  time.Time            // since when no card of it wants updates; zero while one does
	refused int                  // the step at which APNs called the token bad; zero when it did not
	sure    int                  // the step at which its last successful registration began

	tag      string // as the last list had it
	mustList bool
	away     bool
	heard    bool // a push came while it was away
	cards    []*card

	registering, reading *task
}

// A card is a pass on a phone.
type card struct {
	serial   string
	shows    version
	updates  bool // wanted by the user
	mustPost bool
	mustDrop bool
	mustRead bool // it was listed, and not fetched yet
	resumes  bool // updates were off until the registration that is still to be heard of
	wavers   bool // updates are wanted again as soon as the server has heard that they are not
	switched int  // the step at which updates were last switched on or off
}

func newPhone(w *world, number int) *phone {
	p := &phone{world: w, number: number, retired: make(map[string]time.Time)}
	p.rename()
	p.rotate()
	return p
}

// rename gives the phone another device library identifier, as after a restore. What it had registered under the old one stays
// with the server, and its push token is the same.
func (p *phone) rename() {
	p.life++
	p.name = fmt.Sprintf("phone%d.%d", p.number, p.life)
	p.tag = ""
	for _, c := range p.cards {
		c.mustPost, c.mustDrop = c.updates, false
	}
}

// rotate gives the phone another push token.
func (p *phone) rotate() {
	if p.token != "" {
		p.retired[p.token] = p.world.now
	}
	p.tokens++
	p.token = fmt.Sprintf("token%d.%d", p.number, p.tokens)
	p.world.apns.phones[p.token] = p
	p.refused = 0
	for _, c := range p.cards {
		c.mustPost = c.updates
	}
}

func (p *phone) id() wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(p.name)}
}

// install adds the current package of a pass, as from a link.
func (p *phone) install(serial string) bool {
	versions := p.world.model.versions[serial]
	if len(versions) == 0 || p.card(serial) != nil {
		return false
	}
	p.cards = append(p.cards, &card{serial: serial, shows: versions[len(versions)-1], updates: true, mustPost: true})
	p.silent = time.Time{}
	p.world.say("%s installs %s, which shows %v", p.name, serial, versions[len(versions)-1].content)
	return true
}

func (p *phone) card(serial string) *card {
	for _, c := range p.cards {
		if c.serial == serial {
			return c
		}
	}
	return nil
}

// switchUpdates switches automatic updates of a card off or on.
func (p *phone) switchUpdates(c *card, on bool) {
	p.world.say("%s switches updates of %s: %t", p.name, c.serial, on)
	c.updates, c.mustPost, c.mustDrop, c.resumes, c.wavers = on, on, !on, on, false
	c.switched = p.world.step
	p.silent = time.Time{}
	for _, c := range p.cards {
		if c.updates {
			return
		}
	}
	p.silent = p.world.now
}

// inactive returns since when a token of the phone is inactive for the pass type; zero when it is active.
func (p *phone) inactive(token string) time.Time {
	if token != p.token {
		return p.retired[token]
	}
	return p.silent
}

// hear is what a push does. APNs keeps the last one for a phone that is away.
func (p *phone) hear() {
	if p.away {
		p.heard = true
		return
	}
	p.mustList = true
}

// wake brings a phone back.
func (p *phone) wake() {
	p.mustList = p.mustList || p.heard
	p.away, p.heard = false, false
}

// act makes the phone do one of the things that it has to do, if there are any.
func (p *phone) act() bool {
	if p.away {
		return false
	}
	var duties []func()
	if p.registering == nil {
		for _, c := range p.cards {
			switch {
			case c.mustPost:
				duties = append(duties, func() { p.register(c) })
			case c.mustDrop:
				duties = append(duties, func() { p.unregister(c) })
			}
		}
	}
	if p.reading == nil {
		if p.mustList {
			duties = append(duties, p.list)
		}
		for _, c := range p.cards {
			if c.mustRead {
				duties = append(duties, func() { p.fetch(c) })
			}
		}
	}
	if len(duties) == 0 {
		return false
	}
	duties[p.world.random.IntN(len(duties))]()
	return true
}
