// Package gcp is where a function meets its deployment: the settings it was given, the entry point it is registered as,
// and the log that Cloud Logging reads. The clients of Google's services live one folder down, each in a package of its
// own, so that a function links only those it imports.
package gcp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
)

// An Environment reads the settings of a deployed function. No other package reads a setting. Each method reads what one
// concern needs; whatever is missing or malformed is remembered, and [Environment.Err] names it all.
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

// required returns a setting that must be given; form says what to give.
func (e *Environment) required(name, form string) string {
	value := e.lookup(name)
	if value == "" {
		e.problem("%s is not set: give %s", name, form)
	}
	return value
}

// matching is required, of a value that is all matched by a regular expression.
func (e *Environment) matching(name, pattern, form string) string {
	value := e.required(name, form)
	if value != "" && !regexp.MustCompile("^(?:"+pattern+")$").MatchString(value) {
		e.problem("%s is %q: give %s", name, value, form)
	}
	return value
}

// directory is required, of a folder that is there.
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

// A Firestore database.
type Firestore struct{ Project, Database string }

// Firestore reads GOOGLE_CLOUD_PROJECT and FIRESTORE_DATABASE.
// https://cloud.google.com/firestore/docs/manage-databases#create_a_database
func (e *Environment) Firestore() Firestore {
	return Firestore{e.project(), e.matching("FIRESTORE_DATABASE", `\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9]`,
		`the database's id, for example "(default)"`)}
}

// https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
func (e *Environment) project() string {
	return e.matching("GOOGLE_CLOUD_PROJECT", `([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]`,
		"the project's id (not its name or number), for example my-project-123")
}

// A Topic of Pub/Sub; ID is its short name.
type Topic struct{ Project, ID string }

// PassChanged reads GOOGLE_CLOUD_PROJECT and TOPIC_PASS_CHANGED.
func (e *Environment) PassChanged() Topic { return e.topic("TOPIC_PASS_CHANGED") }

// PassPackaged reads GOOGLE_CLOUD_PROJECT and TOPIC_PASS_PACKAGED.
func (e *Environment) PassPackaged() Topic { return e.topic("TOPIC_PASS_PACKAGED") }

// PassPersonalized reads GOOGLE_CLOUD_PROJECT and TOPIC_PASS_PERSONALIZED.
func (e *Environment) PassPersonalized() Topic { return e.topic("TOPIC_PASS_PERSONALIZED") }

// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
func (e *Environment) topic(name string) Topic {
	return Topic{e.project(), e.matching(name, `[A-Za-z][A-Za-z0-9._~+%-]{2,254}`,
		"the topic's short name, without projects/…/topics/, for example pass-changed")}
}

// PackagesBucket reads PACKAGES_BUCKET.
func (e *Environment) PackagesBucket() string { return e.bucket("PACKAGES_BUCKET") }

// TemplatesBucket reads TEMPLATES_BUCKET, the bucket with templates/{name}.pass/…; empty when there are only the built-in
// templates.
func (e *Environment) TemplatesBucket() string {
	if e.lookup("TEMPLATES_BUCKET") == "" {
		return ""
	}
	return e.bucket("TEMPLATES_BUCKET")
}

// https://cloud.google.com/storage/docs/buckets#naming
func (e *Environment) bucket(name string) string {
	return e.matching(name, `[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]`,
		"the bucket's name, without gs:// or folders, for example my-project-passes")
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
