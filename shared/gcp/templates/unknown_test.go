package templates_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/gcp/templates"
)

// empty is Cloud Storage without a template. It counts what it is asked.
func empty(t *testing.T) (set *templates.Bucket, asked *int) {
	t.Helper()
	asked = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*asked++
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind": "storage#objects"}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	set, err := templates.Open(t.Context(), "templates", func() time.Time { return noon })
	check(t, err)
	t.Cleanup(func() { check(t, set.Close()) })
	return set, asked
}

// A name that no template can have is whatever a document says, as long as a document may be. Cloud Storage is not asked.
func TestANameThatNoTemplateCanHaveCostsNothing(t *testing.T) {
	set, asked := empty(t)
	for _, name := range []string{"", "Club", "a.b", "club ", "é", strings.Repeat("a", 41), strings.Repeat("a", 90_000)} {
		unknown(t, set, name)
	}
	if *asked != 0 {
		t.Errorf("asked %d times", *asked)
	}
}

// Documents may make up names without end. They are remembered for a minute, to spare Cloud Storage, but not all of them.
func TestUnknownNamesAreNotKeptWithoutEnd(t *testing.T) {
	set, asked := empty(t)
	for range 2 {
		unknown(t, set, "first")
	}
	if *asked != 1 {
		t.Errorf("asked %d times for one name", *asked)
	}
	for i := range 1000 {
		unknown(t, set, fmt.Sprint("made-up-", i))
	}
	*asked = 0
	if unknown(t, set, "first"); *asked != 1 {
		t.Error("the first of a thousand names is still kept")
	}
}
