package issue_test

import (
	"fmt"
	"strings"
	"testing"

	"walletpasses.example/server/functions/issue"
)

// bundleOf is the body that asks for a link to these serial numbers.
func bundleOf(serials ...string) string {
	var passes []string
	for _, serial := range serials {
		passes = append(passes, fmt.Sprintf(`{"passTypeIdentifier": %q, "serialNumber": %q}`, card.PassTypeIdentifier, serial))
	}
	return `{"passes": [` + strings.Join(passes, ",") + `]}`
}

func TestBundle(t *testing.T) {
	f := newFixture(t)
	var eleven []string
	for n := range 11 {
		serial := fmt.Sprintf("card-%d", n)
		f.call("PUT", strings.Replace(path, "card-1", serial, 1), whole)
		eleven = append(eleven, serial)
	}
	one, two := f.call("POST", issue.BundlesPath, bundleOf("card-1")), f.call("POST", issue.BundlesPath, bundleOf("card-1", "card-2"))
	if one.status != 200 || two.status != 200 || one.InstallURL == two.InstallURL || !strings.HasPrefix(two.InstallURL, "https://passes.example.com/install/") {
		t.Errorf("%d %q, %d %q", one.status, one.InstallURL, two.status, two.InstallURL)
	}
	f.call("DELETE", strings.Replace(path, "card-1", "card-9", 1), "")
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"one deleted":      {bundleOf("card-1", "card-9"), 404},
		"none":             {bundleOf(), 400},
		"eleven":           {bundleOf(eleven...), 400},
		"one twice":        {bundleOf("card-1", "card-1"), 400},
		"a bad name":       {bundleOf("card 1"), 400},
		"one that is not":  {bundleOf("card-1", "card-99"), 404},
		"no JSON":          {"card-1", 400},
		"more than a list": {`{"passes": [` + strings.Repeat(" ", 20<<10) + `]}`, 413},
		"of another shape": {`{"passes": "card-1"}`, 400},
	} {
		if got := f.call("POST", issue.BundlesPath, c.body); got.status != c.status || got.InstallURL != "" {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.Detail, c.status)
		}
	}
}
