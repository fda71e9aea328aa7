package emulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/emulator"
)

// A verdict is a test that notes what becomes of it.
type verdict struct{ skipped, failed bool }

func (*verdict) Helper()        {}
func (v *verdict) Skip(...any)  { v.skipped = true }
func (v *verdict) Fatal(...any) { v.failed = true }

func TestUnless(t *testing.T) {
	missing := fmt.Errorf("start: %w: java", emulator.ErrNotInstalled)
	for _, test := range []struct {
		err     error
		require string
		want    verdict
	}{
		{nil, "1", verdict{}},
		{missing, "", verdict{skipped: true}},
		{missing, "1", verdict{failed: true}},
		{errors.New("it broke"), "", verdict{failed: true}},
	} {
		t.Setenv("REQUIRE_EMULATORS", test.require)
		var got verdict
		if emulator.Unless(&got, test.err); got != test.want {
			t.Errorf("%v with REQUIRE_EMULATORS=%q: %+v, want %+v", test.err, test.require, got, test.want)
		}
	}
}

func TestWhatIsNotInstalledIsNamed(t *testing.T) {
	for _, variable := range []string{"PATH", "FAKE_GCS_SERVER", "GOBIN"} {
		t.Setenv(variable, t.TempDir())
	}
	_, err := emulator.StartPubSub(t.Context())
	if !errors.Is(err, emulator.ErrNotInstalled) || !strings.Contains(err.Error(), "pubsub-emulator") {
		t.Errorf("%v", err)
	}
	_, err = emulator.StartFirestore(t.Context(), "")
	if !errors.Is(err, emulator.ErrNotInstalled) || !strings.Contains(err.Error(), "cloud-firestore-emulator") {
		t.Errorf("%v", err)
	}
}

func TestAServerRunsUntilItIsClosed(t *testing.T) {
	server, err := emulator.StartStorage(t.Context())
	emulator.Unless(t, err)
	response, err := http.Get("http://" + server.Address + "/storage/v1/b")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	server.Close()
	if response, err := http.Get("http://" + server.Address + "/storage/v1/b"); err == nil {
		response.Body.Close()
		t.Error("it answers after it was closed")
	}
}

func TestOneServerForAllTests(t *testing.T) {
	if first, second := emulator.Storage(t), emulator.Storage(t); first != second {
		t.Errorf("%s and %s", first, second)
	}
	t.Setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
	if got := emulator.Storage(t); got != "127.0.0.1:9" {
		t.Errorf("%s, and not the one that runs already", got)
	}
}
