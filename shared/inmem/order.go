package inmem

import (
	"iter"
	"slices"
)

// An order keeps keys such that those after one of them are found without a look at the others, as an index does. It sorts
// when it is asked, not when it grows, so that filling a store costs no more than sorting it once.
type order[K any] struct {
	compare func(a, b K) int
	keys    []K
	growing bool // not sorted since it has last grown out of order
}

// add takes in a key that is not there yet.
func (o *order[K]) add(key K) {
	if n := len(o.keys); n > 0 && o.compare(o.keys[n-1], key) > 0 {
		o.growing = true
	}
	o.keys = append(o.keys, key)
}

// remove takes out a key that is there.
func (o *order[K]) remove(key K) {
	at, _ := slices.BinarySearchFunc(o.sorted(), key, o.compare)
	o.keys = slices.Delete(o.keys, at, at+1)
}

// after yields the keys behind one, in order. The one itself need not be there.
func (o *order[K]) after(key K) iter.Seq[K] {
	keys := o.sorted()
	at, there := slices.BinarySearchFunc(keys, key, o.compare)
	if there {
		at++
	}
	return slices.Values(keys[at:])
}

func (o *order[K]) sorted() []K {
	if o.growing {
		slices.SortFunc(o.keys, o.compare)
		o.growing = false
	}
	return o.keys
}
