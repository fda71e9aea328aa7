package kms_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/gcp/kms"
)

func TestOpenTakesTheCredentialsOfTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials.json")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	if _, err := kms.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "open Cloud KMS: ") {
		t.Errorf("without credentials: %v", err)
	}
	const user = `{"type": "authorized_user", "client_id": "id", "client_secret": "none", "refresh_token": "none"}`
	check(t, os.WriteFile(file, []byte(user), 0o600))
	keys, err := kms.Open(t.Context())
	check(t, err)
	check(t, keys.Close()) // nothing was dialled
}
