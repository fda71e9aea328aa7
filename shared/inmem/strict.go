package inmem

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"walletpasses.example/server/shared/wallet"
)

// ready refuses a call whose context has ended, or whose identifier could not be a name in Firestore.
func ready(ctx context.Context, id interface{ Validate() error }) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return id.Validate()
}

// guard compares the revision that is stored with the one that a writer read.
func guard(id any, stored, read wallet.Revision) error {
	if stored != read {
		return fmt.Errorf("%w: %v stands at revision %d, not %d", wallet.ErrConflict, id, stored, read)
	}
	return nil
}

// deviceFollows reports how d breaks the rules of a record that replaces previous: its serial numbers are names, and
// within one epoch nothing that a device has seen is taken back.
func deviceFollows(d, previous wallet.Device) error {
	for serial := range d.Passes {
		pass := wallet.PassID{PassTypeIdentifier: d.ID.PassTypeIdentifier, SerialNumber: serial}
		if err := pass.Validate(); err != nil {
			return fmt.Errorf("device %v: %w", d.ID, err)
		}
	}
	switch {
	case previous.Revision == 0 || d.Epoch != previous.Epoch:
		return nil
	case d.Sequence < previous.Sequence:
		return fmt.Errorf("device %v: sequence %d after %d", d.ID, d.Sequence, previous.Sequence)
	case d.Presented < previous.Presented:
		return fmt.Errorf("device %v: presented %d after %d", d.ID, d.Presented, previous.Presented)
	}
	return nil
}

// How deeply Firestore lets maps and arrays nest, and how many bytes the names on the way to a value may have, with a dot between
// two. Here, indexes count too.
// https://firebase.google.com/docs/firestore/quotas#limits
const (
	maxDepth = 20
	maxPath  = 1500
)

// storable refuses, as [wallet.ErrInvalid] and by path, what is not JSON or what Firestore would not hold.
func storable(value any, path string, depth int) error {
	switch v := value.(type) {
	case nil, bool, int64:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s: %v is not a JSON number", wallet.ErrInvalid, path, v)
		}
		return nil
	case string:
		if !utf8.ValidString(v) {
			return fmt.Errorf("%w: %s: text is not UTF-8", wallet.ErrInvalid, path)
		}
		return nil
	case []any:
		return storableArray(v, path, depth)
	case map[string]any:
		return storableMap(v, path, depth)
	default:
		return fmt.Errorf("%w: %s: a %T is not a JSON value", wallet.ErrInvalid, path, value)
	}
}

func storableArray(array []any, path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: %s: nested more than %d deep", wallet.ErrInvalid, path, maxDepth)
	}
	for i, element := range array {
		at := wallet.PointerTo(path, strconv.Itoa(i))
		if _, nested := element.([]any); nested {
			return fmt.Errorf("%w: %s: an array directly inside an array", wallet.ErrInvalid, at)
		}
		if err := storable(element, at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func storableMap(object map[string]any, path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: %s: nested more than %d deep", wallet.ErrInvalid, path, maxDepth)
	}
	for key, element := range object {
		at := wallet.PointerTo(path, key)
		if key == "" || !utf8.ValidString(key) || strings.HasPrefix(key, "__") && strings.HasSuffix(key, "__") {
			return fmt.Errorf("%w: %s: Firestore allows no such name", wallet.ErrInvalid, at)
		}
		if len(at) > len("/")+maxPath {
			return fmt.Errorf("%w: %.100s…: names of more than %d bytes", wallet.ErrInvalid, at, maxPath)
		}
		if err := storable(element, at, depth+1); err != nil {
			return err
		}
	}
	return nil
}
