package wallet

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ObjectPrefix is what the names of all packages in the bucket begin with.
const ObjectPrefix = "packages/"

// ObjectName names the immutable object of a version: packages/{passTypeIdentifier}/{serialNumber}/{version}-{hash}.pkpass.
func (p CurrentPackage) ObjectName(version int64, contentHash string) string {
	return fmt.Sprintf("%s%v/%d-%s.pkpass", ObjectPrefix, p.ID, version, contentHash)
}

// ParseObjectName returns which version of which pass an object is. For a name that is not of the form of
// [CurrentPackage.ObjectName], ok is false, and there is neither.
func ParseObjectName(name string) (id PassID, version int64, ok bool) {
	name, ours := strings.CutPrefix(name, ObjectPrefix)
	parts := strings.Split(name, "/")
	if !ours || len(parts) != 3 {
		return PassID{}, 0, false
	}
	id = PassID{PassTypeIdentifier: parts[0], SerialNumber: parts[1]}
	number, _, hashed := strings.Cut(parts[2], "-")
	version, err := strconv.ParseInt(number, 10, 64)
	if !hashed || !strings.HasSuffix(parts[2], ".pkpass") || version <= 0 || errors.Join(err, id.Validate()) != nil {
		return PassID{}, 0, false
	}
	return id, version, true
}

// Superseded reports that an object of the pass has not been its current package since a time, and never will be again. A
// version above the current one may belong to an attempt that has yet to move the pointer, and one beside it to an attempt
// that lost: no attempt commits a version that is taken. Where the current package is younger, the timeline knows what was
// superseded long ago, to within a few hours: see [CurrentPackage.Record].
func (p CurrentPackage) Superseded(object string, since time.Time) bool {
	id, version, ok := ParseObjectName(object)
	switch {
	case !ok || id != p.ID || object == p.Object || version > p.Version:
		return false
	case !p.CommittedAt().Time().After(since):
		return true
	}
	return slices.ContainsFunc(p.Timeline, func(e Event) bool {
		return e.Kind == EventPackaged && e.Version > version && !e.Time.After(since)
	})
}
