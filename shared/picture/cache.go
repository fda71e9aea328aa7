package picture

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// A Cache keeps what was made of a picture, by the content of the picture and what was asked of it: whoever asks again, even
// for another pass, gets the very same files without any drawing. What was not asked for longest is forgotten first. It
// draws one picture at a time, which bounds the memory. Any number of goroutines may use it; the zero value keeps nothing.
type Cache struct {
	limit int // bytes

	drawing sync.Mutex // held while a picture is made

	mu     sync.Mutex // guards what follows
	size   int        // bytes
	recent list.List  // of *entry, the most recently used first
	byKey  map[key]*list.Element
}

// NewCache returns a cache of at most limit bytes of files.
func NewCache(limit int) *Cache { return &Cache{limit: limit, byKey: make(map[key]*list.Element)} }

// Slot is [Decode] and [Picture.Slot].
func (c *Cache) Slot(data []byte, name, style string) (Images, error) {
	return cached(c, key{picture: sha256.Sum256(data), slot: name, style: style}, func() (Images, error) {
		p, err := Decode(data)
		if err != nil {
			return Images{}, err
		}
		return p.Slot(name, style)
	})
}

// Palette is [Decode] and [Picture.Palette].
func (c *Cache) Palette(logo []byte) (Colors, error) {
	return cached(c, key{picture: sha256.Sum256(logo), palette: true}, func() (Colors, error) {
		p, err := Decode(logo)
		if err != nil {
			return Colors{}, err
		}
		return p.Palette(), nil
	})
}

// Strip is [StampCard.Strip].
func (c *Cache) Strip(card StampCard) (Images, error) {
	k := key{stamps: min(card.Stamps, card.Goal), goal: card.Goal, ink: card.Ink, ownStamp: card.Stamp != nil}
	if k.ownStamp {
		k.picture = sha256.Sum256(card.Stamp)
	}
	return cached(c, k, card.Strip)
}

// A key is everything that a result depends on.
type key struct {
	picture      [sha256.Size]byte
	slot, style  string
	palette      bool
	stamps, goal int
	ink          Color
	ownStamp     bool
}

type entry struct {
	key   key
	value any
	size  int // bytes
}

// cached returns what is kept under k, or makes and keeps it. Errors are not kept.
func cached[V any](c *Cache, k key, make func() (V, error)) (V, error) {
	if value, ok := c.get(k); ok {
		return value.(V), nil
	}
	c.drawing.Lock()
	defer c.drawing.Unlock()
	if value, ok := c.get(k); ok { // somebody made it while this one waited
		return value.(V), nil
	}
	value, err := make()
	if err == nil {
		c.put(k, value)
	}
	return value, err
}

func (c *Cache) get(k key) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[k]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(*entry).value, true
}

func (c *Cache) put(k key, value any) {
	added := &entry{k, value, sizeOf(value)}
	if added.size > c.limit {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey[k] = c.recent.PushFront(added)
	for c.size += added.size; c.size > c.limit; {
		oldest := c.recent.Remove(c.recent.Back()).(*entry)
		delete(c.byKey, oldest.key)
		c.size -= oldest.size
	}
}

// sizeOf is about what a result takes, in bytes.
func sizeOf(value any) int {
	size := 512 // of the entry itself
	if images, ok := value.(Images); ok {
		for _, file := range images.Files {
			size += len(file.Data())
		}
	}
	return size
}
