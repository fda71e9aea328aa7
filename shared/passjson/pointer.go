package passjson

import "walletpasses.example/server/shared/wallet"

// A pointer is the way from a pass to a value in it, step by step. The text of it, a path, is made only for a finding.
// Siblings share memory: a pointer is good until the walk goes on to the next.
type pointer []string

// to leads one step further, to a member or an index.
func (p pointer) to(step string) pointer { return append(p, step) }

// String is the path: Root and a JSON Pointer.
func (p pointer) String() string {
	path := Root
	for _, step := range p {
		path = wallet.PointerTo(path, step)
	}
	return path
}
