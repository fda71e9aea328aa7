package template

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

//go:embed starters/*.pass
var starters embed.FS

// Builtin returns the templates that come with the server. Each is loaded when it is asked for first: the instance that starts with a
// request needs one of them at most.
//
//   - boarding: a boarding pass of an airline (boardingPass, semanticBoardingPass on iOS 26);
//   - coupon: an offer with a code (coupon);
//   - event: a ticket with a seat (eventTicket);
//   - event-poster: one for live performances, which NFC readers admit (posterEventTicket on iOS 18, else eventTicket);
//   - membership: a membership card with status and validity (generic);
//   - membership-poster: the same with a picture (posterGeneric on iOS 27, else generic);
//   - gift-card: a card with a balance (storeCard);
//   - simple: the least of a membership card (generic);
//   - points: a loyalty card (storeCard) that shows the number points;
//   - rewards: the same for readers of NFC, which offers sign-up until the customer has signed up (storeCard);
//   - stamps: a stamp card (storeCard) that shows the numbers stamps and stampGoal.
//
// [Template.Placeholders] names the data that each needs. Numbers are flightNumber, balance, points, stamps and stampGoal;
// validUntil, memberSince and what ends in Date are RFC 3339 text with an offset; everything else is text.
func Builtin() (Set, error) {
	folder, err := fs.Sub(starters, "starters")
	if err != nil {
		return nil, fmt.Errorf("starters: %w", err)
	}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("starters: %w", err)
	}
	set := make(unloaded)
	for _, name := range templateNames(entries) {
		set[name] = sync.OnceValues(func() (*Template, error) { return Load(folder, name) })
	}
	return set, nil
}

// unloaded is a [Set] of what loads a template, by name.
type unloaded map[string]func() (*Template, error)

// Template returns the template of a name, or an [UnknownError].
func (u unloaded) Template(_ context.Context, name string) (*Template, error) {
	load, ok := u[name]
	if !ok {
		return nil, &UnknownError{Name: name, Known: slices.Collect(maps.Keys(u))}
	}
	return load()
}
