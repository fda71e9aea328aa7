package wallet

import "fmt"

// A Shard is a part of the devices that registered a pass: those whose identifiers come, in the order of their bytes, after
// one and up to another. Both bounds are places between devices; neither need be one. The zero Shard is all devices.
type Shard struct {
	After DeviceLibraryIdentifier `json:"after,omitempty"`
	Until DeviceLibraryIdentifier `json:"until,omitempty"` // itself included
}

// Validate reports, as an [ErrInvalid], a bound that could not be a device's identifier.
func (s Shard) Validate() error {
	if s.After != "" && !isBound(s.After) || s.Until != "" && !isBound(s.Until) {
		return fmt.Errorf("%w: after, until: use identifiers of devices, or none", ErrInvalid)
	}
	return nil
}

// isBound says of a bound what [DeviceID.Validate] says of a device.
func isBound(d DeviceLibraryIdentifier) bool {
	return word(string(d), 128, "._-") && !reservedName(string(d))
}

// Contains reports whether a device belongs to the shard.
func (s Shard) Contains(device DeviceLibraryIdentifier) bool {
	return device > s.After && (s.Until == "" || device <= s.Until)
}

// bounds are the letters at which shards are cut, in order. Identifiers may have others, too.
const bounds = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Halves cuts the shard in two, at a bound that lies as near its middle as one letter can say; ok is false where none lies
// between. It is the same cut each time, whoever registers meanwhile, so that a message that is handled twice makes no other
// shards than before.
func (s Shard) Halves() (low, high Shard, ok bool) {
	for n := 0; n <= len(s.After); n++ {
		if bound, found := s.middle(s.After[:n]); found {
			return Shard{s.After, bound}, Shard{bound, s.Until}, isBound(bound)
		}
	}
	return Shard{}, Shard{}, false
}

// middle returns the middle one of the bounds inside the shard that add a letter to a prefix.
func (s Shard) middle(prefix DeviceLibraryIdentifier) (bound DeviceLibraryIdentifier, found bool) {
	var inside []DeviceLibraryIdentifier
	for _, letter := range bounds {
		if bound := prefix + DeviceLibraryIdentifier(letter); s.Contains(bound) && bound != s.Until {
			inside = append(inside, bound)
		}
	}
	if len(inside) == 0 {
		return "", false
	}
	return inside[len(inside)/2], true
}
