package wallet

import "time"

// A Revision orders the writes of a store: Firestore's own commit and read times, in microseconds since the Unix
// epoch. It is taken from the store and never from a clock of ours, so two revisions say truly which came first.
// Zero is the revision of what does not exist.
type Revision int64

// Time returns the store's own time of the revision, in UTC.
func (r Revision) Time() time.Time { return time.UnixMicro(int64(r)).UTC() }
