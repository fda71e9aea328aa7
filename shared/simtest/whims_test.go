package simtest

import "walletpasses.example/server/shared/wallet"

// whims are what people do with their phones.
var whims = []func(*phone) bool{
	func(p *phone) bool { return p.install(p.world.anySerial()) },
	func(p *phone) bool { return p.install(p.world.anySerial()) },
	func(p *phone) bool { // asks by itself
		p.mustList = true
		return true
	},
	func(p *phone) bool { // goes away, or comes back
		p.world.say("%s is away: %t", p.name, !p.away)
		if p.away {
			p.wake()
		} else {
			p.away = true
		}
		return true
	},
	func(p *phone) bool {
		p.rotate()
		p.world.say("%s has a new push token, %s", p.name, p.token)
		return true
	},
	func(p *phone) bool {
		former := p.name
		p.rename()
		p.world.say("%s calls itself %s", former, p.name)
		return true
	},
	(*phone).changesItsMind,
	(*phone).changesItsMind,
	(*phone).wavers,
	(*phone).registersAgain,
	(*phone).registersAgain,
	(*phone).registersAgain,
	(*phone).removes,
}

func (w *world) phoneWhim() bool {
	p := w.phones[w.random.IntN(len(w.phones))]
	return whims[w.random.IntN(len(whims))](p)
}

// changesItsMind switches automatic updates of a card.
func (p *phone) changesItsMind() bool {
	if len(p.cards) == 0 {
		return false
	}
	c := p.cards[p.world.random.IntN(len(p.cards))]
	p.switchUpdates(c, !c.updates)
	return true
}

// wavers switches the updates of all cards off, and on again when the server has heard of it: so its record begins anew.
func (p *phone) wavers() bool {
	wavers := false
	for _, c := range p.cards {
		if c.updates {
			p.switchUpdates(c, false)
			c.wavers, wavers = true, true
		}
	}
	return wavers
}

// registersAgain says once more what the server knows, as phones do after a restart or an update of iOS.
func (p *phone) registersAgain() bool {
	again := false
	for _, c := range p.cards {
		c.mustPost = c.mustPost || c.updates
		again = again || c.updates
	}
	return again
}

// removes takes a card off the phone once the server has heard that it is not wanted; before, it says so.
func (p *phone) removes() bool {
	for i, c := range p.cards {
		if !c.updates && !c.mustDrop && p.registering == nil && p.reading == nil {
			p.cards = append(p.cards[:i:i], p.cards[i+1:]...)
			p.world.say("%s removes %s", p.name, c.serial)
			return true
		}
	}
	return false
}

// ghost reports that a record belongs to an identifier that its phone has given up.
func (w *world) ghost(d wallet.Device) bool {
	for _, p := range w.phones {
		if p.id() == d.ID {
			return false
		}
	}
	return true
}
