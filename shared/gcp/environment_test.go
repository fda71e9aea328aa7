package gcp_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/gcp"
)

// complete is an environment in which nothing is missing or malformed.
func complete(t *testing.T) map[string]string {
	t.Helper()
	keys := t.TempDir()
	write(t, keys, "1", key("k"))
	apnsKey := t.TempDir()
	write(t, apnsKey, "AuthKey.p8", "a key")
	return map[string]string{
		"GOOGLE_CLOUD_PROJECT": "my-project-123", "FIRESTORE_DATABASE": "(default)", "TOPIC_PASS_CHANGED": "pass-changed",
		"TOPIC_PASS_PACKAGED": "pass-packaged", "TOPIC_PASS_PERSONALIZED": "pass-personalized", "PACKAGES_BUCKET": "my-packages", "TEMPLATES_BUCKET": "my-templates",
		"WEB_SERVICE_URL": "https://passes.example.com", "INSTALL_URL": "https://passes.example.com:8443/base/",
		"CERTIFICATES_DIR": t.TempDir(), "TOKEN_KEYS_DIR": keys,
		"APNS_URL": "https://api.push.apple.com", "APNS_KEY_FILE": filepath.Join(apnsKey, "AuthKey.p8"), "APNS_KEY_ID": "ABC123DEFG", "APNS_TEAM_ID": "TEAMID1234",
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// environment reads variables from a map.
func environment(variables map[string]string) *gcp.Environment {
	return gcp.NewEnvironment(func(name string) string { return variables[name] })
}

// readAll reads every setting that there is.
func readAll(e *gcp.Environment) {
	e.Firestore()
	e.PassChanged()
	e.PassPackaged()
	e.PassPersonalized()
	e.PackagesBucket()
	e.TemplatesBucket()
	e.WebServiceURL()
	e.InstallURL()
	e.TokenKeys()
	e.APNs()
	gcp.Certificates(e, func(fs.FS) (int, error) { return 0, nil })
}

func TestACompleteEnvironment(t *testing.T) {
	variables := complete(t)
	e := environment(variables)
	if got := e.Firestore(); got != (gcp.Firestore{Project: "my-project-123", Database: "(default)"}) {
		t.Errorf("Firestore %+v", got)
	}
	if changed, packaged := e.PassChanged(), e.PassPackaged(); changed != (gcp.Topic{Project: "my-project-123", ID: "pass-changed"}) ||
		packaged != (gcp.Topic{Project: "my-project-123", ID: "pass-packaged"}) {
		t.Errorf("topics %+v, %+v", changed, packaged)
	}
	if packages, templates := e.PackagesBucket(), e.TemplatesBucket(); packages != "my-packages" || templates != "my-templates" {
		t.Errorf("buckets %q, %q", packages, templates)
	}
	if web, install := e.WebServiceURL(), e.InstallURL(); web != "https://passes.example.com" || install != "https://passes.example.com:8443/base" {
		t.Errorf("addresses %q, %q", web, install)
	}
	want := gcp.APNs{URL: "https://api.push.apple.com", KeyFile: variables["APNS_KEY_FILE"], KeyID: "ABC123DEFG", TeamID: "TEAMID1234"}
	if got := e.APNs(); got != want {
		t.Errorf("APNs %+v", got)
	}
	if got := e.TokenKeys().Current(); got != 1 {
		t.Errorf("token key %d", got)
	}
	if got := gcp.Certificates(e, func(folder fs.FS) (string, error) { return fmt.Sprint(folder), nil }); got != variables["CERTIFICATES_DIR"] {
		t.Errorf("certificates in %q", got)
	}
	if err := e.Err(); err != nil {
		t.Errorf("%v", err)
	}
}

var required = []string{
	"GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TOPIC_PASS_CHANGED", "TOPIC_PASS_PACKAGED", "TOPIC_PASS_PERSONALIZED", "PACKAGES_BUCKET", "WEB_SERVICE_URL",
	"INSTALL_URL", "CERTIFICATES_DIR", "TOKEN_KEYS_DIR",
}

func TestEverythingMissingIsNamedAtOnce(t *testing.T) {
	e := environment(nil)
	readAll(e)
	lines := strings.Split(fmt.Sprint(e.Err()), "\n")
	for _, name := range required {
		named := 0
		for _, line := range lines {
			if strings.HasPrefix(line, name+" is not set: give ") {
				named++
			}
		}
		if named != 1 {
			t.Errorf("%s is named %d times, want once, in\n%v", name, named, e.Err())
		}
	}
}

func TestWhatMayBeMissing(t *testing.T) {
	variables := complete(t)
	for _, name := range []string{"TEMPLATES_BUCKET", "APNS_URL", "APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID"} {
		delete(variables, name)
	}
	e := environment(variables)
	readAll(e)
	if err := e.Err(); err != nil {
		t.Errorf("%v", err)
	}
	if got := e.APNs(); got != (gcp.APNs{}) {
		t.Errorf("APNs %+v", got)
	}
}

func TestTheAPNsKeyIsThreeSettingsOrNone(t *testing.T) {
	for given := range 8 {
		variables := complete(t)
		for i, name := range []string{"APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID"} {
			if given&(1<<i) == 0 {
				delete(variables, name)
			}
		}
		e := environment(variables)
		e.APNs()
		if err := e.Err(); (err == nil) != (given == 0 || given == 7) {
			t.Errorf("%03b: %v", given, err)
		}
	}
}

func TestAProblemIsAmongTheRest(t *testing.T) {
	e := environment(nil)
	problem := errors.New("APNS_KEY_FILE: not a key")
	e.PackagesBucket()
	e.Problem(problem)
	if err := e.Err(); !errors.Is(err, problem) || !strings.Contains(err.Error(), "PACKAGES_BUCKET") {
		t.Errorf("%v", err)
	}
}
