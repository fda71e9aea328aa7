package wallet

import (
	"crypto/rand"
	"strconv"
	"strings"
)

// An UpdateTag is the opaque value that Apple calls lastUpdated in an answer and passesUpdatedSince in the next
// question. Ours is "epoch.sequence": Sequence counts the changes of one [Device] record, and Epoch tells two lives of
// that record apart, so that a number of an earlier one is not mistaken for one of now. A life begins when a device without
// passes registers one, and when the database was restored to an earlier time: then by [Device.Renew], for no record can tell
// by itself that it went back.
// https://developer.apple.com/documentation/walletpasses/get-the-list-of-updatable-passes
type UpdateTag struct {
	Epoch    string
	Sequence int64
}

// ParseUpdateTag reads what [UpdateTag.String] wrote. Any other text gives the zero tag, which means "everything".
func ParseUpdateTag(s string) UpdateTag {
	epoch, count, _ := strings.Cut(s, ".")
	sequence, ok := number(count, 18)
	if !ok || !word(epoch, 32, "") {
		return UpdateTag{}
	}
	return UpdateTag{Epoch: epoch, Sequence: sequence}
}

// String uses only letters, digits and a dot, which no device has to escape in a query.
func (t UpdateTag) String() string { return t.Epoch + "." + strconv.FormatInt(t.Sequence, 10) }

// newEpoch returns 40 random bits as eight letters and digits.
func newEpoch() string { return strings.ToLower(rand.Text()[:8]) }
