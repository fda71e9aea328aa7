// Package gcp is where a function meets its deployment: the settings it was given, the entry point it is registered as,
// and the log that Cloud Logging reads. The clients of Google's services live one folder down, each in a package of its
// own, so that a function links only those it imports.
package gcp

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// An Environment reads the settings of a deployed function. No other package
// reads a setting. Each method
// reads what one concern needs; whatever is missing or malformed is remembered, and [Environment.Err] names it all.
type Environment struct {
	lookup   func(name string) string
	problems []error
}

// NewEnvironment reads through lookup, which is [os.Getenv] in a deployed function.
func NewEnvironment(lookup func(name string) string) *Environment {
	return &Environment{lookup: lookup}
}

// Err returns every problem met so far, each naming its variable and the form expected.
func (e *Environment) Err() error { return errors.Join(e.problems...) }

// Problem notes what is wrong with what a setting leads to, such as a file. The error should name the variable.
func (e *Environment) Problem(err error) {
	known := func(p error) bool { return p.Error() == err.Error() }
	if !slices.ContainsFunc(e.problems, known) { // two concerns may read one variable
		e.problems = append(e.problems, err)
	}
}

func (e *Environment) problem(format string, args ...any) {
	e.Problem(fmt.Errorf(format, args...))
}

func (e *Environment) required(name, form string) string {
	value := e.lookup(name)
	if value == "" {
		e.problem("%s is not set: give %s", name, form)
	}
	return value
}

// A Firestore database.
type Firestore struct{ Project, Database string }

// Firestore reads GOOGLE_CLOUD_PROJECT and FIRESTORE_DATABASE.
func (e *Environment) Firestore() Firestore {
	return Firestore{e.project(), e.required("FIRESTORE_DATABASE", `the database, for example "(default)"`)}
}

func (e *Environment) project() string {
	return e.required("GOOGLE_CLOUD_PROJECT", "the project, for example my-project-123")
}

// A Topic of Pub/Sub; ID is its short name.
type Topic struct{ Project, ID string }

// PassChanged reads GOOGLE_CLOUD_PROJECT and TOPIC_PASS_CHANGED.
func (e *Environment) PassChanged() Topic { return e.topic("TOPIC_PASS_CHANGED") }

// PassPackaged reads GOOGLE_CLOUD_PROJECT and TOPIC_PASS_PACKAGED.
func (e *Environment) PassPackaged() Topic { return e.topic("TOPIC_PASS_PACKAGED") }

func (e *Environment) topic(name string) Topic {
	id := e.required(name, "the topic's short name, for example pass-changed")
	if strings.Contains(id, "/") {
		e.problem("%s is %q: give the short name, without projects/…/topics/", name, id)
	}
	return Topic{e.project(), id}
}

// PackagesBucket reads PACKAGES_BUCKET.
func (e *Environment) PackagesBucket() string {
	return e.required("PACKAGES_BUCKET", "the bucket's name")
}

// TemplatesBucket reads TEMPLATES_BUCKET, the bucket with templates/{name}.pass/…; empty when there are only the built-in
// templates.
func (e *Environment) TemplatesBucket() string { return e.lookup("TEMPLATES_BUCKET") }

// WebServiceURL reads WEB_SERVICE_URL: https, and without the /v1 that devices append.
func (e *Environment) WebServiceURL() string {
	value := e.https("WEB_SERVICE_URL")
	if strings.HasSuffix(value, "/v1") {
		e.problem("WEB_SERVICE_URL is %q: leave out /v1, devices append it", value)
	}
	return value
}

// InstallURL reads INSTALL_URL: the address in front of /install/….
func (e *Environment) InstallURL() string { return e.https("INSTALL_URL") }

func (e *Environment) https(name string) string {
	value := e.required(name, "an address such as https://passes.example.com")
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, "?#")) {
		e.problem("%s is %q: give an address such as https://passes.example.com", name, value)
	}
	return strings.TrimRight(value, "/")
}

// Certificates reads CERTIFICATES_DIR, the folder where Secret Manager mounts the pass certificates, with read: as much
// of it as a function needs. (Only functions that have certificates should link what reads them.)
func Certificates[T any](e *Environment, read func(folder fs.FS) (T, error)) T {
	var none T
	dir := e.directory("CERTIFICATES_DIR", "the folder with <passTypeIdentifier>.pem or .p12")
	if dir == "" {
		return none
	}
	value, err := read(os.DirFS(dir))
	if err != nil {
		e.Problem(fmt.Errorf("CERTIFICATES_DIR: %w", err))
		return none
	}
	return value
}

func (e *Environment) directory(name, form string) string {
	dir := e.required(name, form)
	if dir == "" {
		return ""
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		e.problem("%s is %q, which is no folder that can be read: give %s", name, dir, form)
		return ""
	}
	return dir
}

// TokenKeys reads TOKEN_KEYS_DIR, a folder with one file per key version, named 1, 2, 3, …, each with at least 32 bytes of
// random text. The highest version makes new tokens; all verify.
func (e *Environment) TokenKeys() wallet.TokenKeys {
	dir := e.directory("TOKEN_KEYS_DIR", "the folder with the token keys, in files named 1, 2, …")
	if dir == "" {
		return wallet.TokenKeys{}
	}
	keys, err := readTokenKeys(dir)
	if err != nil {
		e.problem("TOKEN_KEYS_DIR: %w", err)
	}
	return keys
}

func readTokenKeys(dir string) (wallet.TokenKeys, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return wallet.TokenKeys{}, err
	}
	keys, current := map[int][]byte{}, 0
	for _, entry := range entries {
		version, err := strconv.Atoi(entry.Name())
		if err != nil || strconv.Itoa(version) != entry.Name() {
			continue // a mounted folder has entries of its own beside the files
		}
		key, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return wallet.TokenKeys{}, err
		}
		keys[version], current = []byte(strings.TrimSpace(string(key))), max(current, version)
	}
	if len(keys) == 0 {
		return wallet.TokenKeys{}, fmt.Errorf("%s has no file named by a key version, such as 1", dir)
	}
	return wallet.NewTokenKeys(current, keys)
}

// APNs says how to reach APNs and what to show it. Without a key, the pass certificates themselves are shown.
type APNs struct {
	URL           string // empty for Apple's production server
	KeyFile       string // a .p8 file
	KeyID, TeamID string // of the key
}

// APNs reads APNS_URL, APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID. The three of the key go together.
func (e *Environment) APNs() APNs {
	a := APNs{e.lookup("APNS_URL"), e.lookup("APNS_KEY_FILE"), e.lookup("APNS_KEY_ID"), e.lookup("APNS_TEAM_ID")}
	if a.URL != "" {
		e.https("APNS_URL")
	}
	if given := a.KeyFile + a.KeyID + a.TeamID; given != "" && (a.KeyFile == "" || a.KeyID == "" || a.TeamID == "") {
		e.problem("APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID go together: set all three, or none to use the pass certificates")
	}
	return a
}
