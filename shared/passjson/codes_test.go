package passjson_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the toolchain, whatever the machine has
)

// readCodes reads a list of the package, which is sorted and says nothing twice.
func readCodes(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	codes := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("%s is not sorted, or has a line twice", name)
	}
	return codes
}

func TestTimeZonesExist(t *testing.T) {
	zones := readCodes(t, "time-zones.txt")
	for _, name := range zones {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"Europe/Berlin", "America/Los_Angeles", "America/Argentina/ComodRivadavia", "Asia/Kathmandu", "Europe/Kyiv", "Etc/UTC"} {
		if !slices.Contains(zones, name) {
			t.Errorf("%s is missing", name)
		}
	}
}

// Funds and metals are in ISO 4217 as well, withdrawn currencies are not.
func TestCurrenciesAreInUse(t *testing.T) {
	codes := readCodes(t, "currencies.txt")
	for _, code := range codes {
		if !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(code) {
			t.Errorf("%q is no code", code)
		}
	}
	for _, code := range strings.Fields("EUR USD JPY GBP CHF CNY INR BRL MRU STN VES VED SLE XCG ZWG CHE CHW CLF COU MXV UYI UYW USN BOV XAU XAG XDR XXX") {
		if !slices.Contains(codes, code) {
			t.Errorf("%s is missing", code)
		}
	}
	for _, code := range strings.Fields("DEM FRF HRK BGN MRO STD VEF SLL ANG ZWL ZWD CUC BYR LTL LVL EEK") {
		if slices.Contains(codes, code) {
			t.Errorf("%s was withdrawn", code)
		}
	}
}
