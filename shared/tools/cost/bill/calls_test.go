package bill_test

import (
	"testing"

	"walletpasses.example/server/shared/tools/cost/bill"
)

func TestFound(t *testing.T) {
	for _, c := range []struct {
		method              string
		found, reads, calls int
	}{
		{"Device", 0, 1, 1}, // one that is not there costs as much
		{"RegisteredDevices", 0, 1, 1},
		{"RegisteredDevices", 1, 1, 1},
		{"RegisteredDevices", 299, 299, 1},
		{"RegisteredDevices", 300, 301, 2}, // the second page is empty
		{"RegisteredDevices", 301, 301, 2},
		{"DocumentRevisions", 0, 1, 1},
		{"DocumentRevisions", 1000, 1000, 1},
		{"CountDevices", 0, 1, 1},
		{"CountDevices", 1000, 1, 1},
		{"CountDevices", 1001, 2, 1},
	} {
		want := bill.Operations{Reads: c.reads, Calls: c.calls}
		if got := bill.Calls[c.method].Found(c.found); got != want {
			t.Errorf("%s finds %d: %+v, want %+v", c.method, c.found, got, want)
		}
	}
}
