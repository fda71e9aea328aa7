// Package functions_test holds the house to its plan.
package functions_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "walletpasses.example/server/"

// imports returns what the files of each package import, by package folder. Test files are left out.
func imports(t *testing.T) map[string]map[string][]string {
	t.Helper()
	packages := make(map[string]map[string][]string)
	for _, root := range []string{"functions", "shared"} {
		err := filepath.WalkDir(filepath.Join("..", root), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			folder := strings.TrimPrefix(path.Dir(filepath.ToSlash(name)), "../")
			if packages[folder] == nil {
				packages[folder] = make(map[string][]string)
			}
			var list []string
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				list = append(list, imported)
			}
			packages[folder][path.Base(name)] = list
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(packages) < 20 {
		t.Fatalf("only %d packages found", len(packages))
	}
	return packages
}

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// The arrows: wallet imports only the standard library; an adapter imports wallet and an SDK; a handler imports neither an
// adapter nor another function; only function.go, web and local know how things are put together.
func TestArrows(t *testing.T) {
	adapters := []string{"shared/gcp", "shared/inmem"}
	is := func(imported string, folders ...string) bool {
		return slices.ContainsFunc(folders, func(folder string) bool {
			return imported == module+folder || strings.HasPrefix(imported, module+folder+"/")
		})
	}
	for folder, files := range imports(t) {
		for file, list := range files {
			for _, imported := range list {
				wrong := func(why string) { t.Errorf("%s/%s imports %s: %s", folder, file, imported, why) }
				composes := folder == "functions/local"
				switch {
				case folder == "shared/wallet" && !standard(imported):
					wrong("wallet knows only the standard library")
				case strings.HasPrefix(folder, "shared/") && is(imported, "functions"):
					wrong("what is shared knows no function")
				case is(imported, "functions") && !composes && folder != "functions/web":
					wrong("a function knows no other")
				case strings.HasPrefix(folder, "functions/") && !composes && file != "function.go" && is(imported, adapters...):
					wrong("a handler knows no adapter")
				case strings.HasPrefix(folder, "functions/") && is(imported, "shared/inmem", "shared/tools", "shared/cloudtest", "shared/apns/apnstest") && !composes:
					wrong("that is for local mode and tests")
				case is(folderPath(folder), "shared/inmem") && !standard(imported) && !is(imported, "shared/wallet"):
					wrong("memory needs only the words")
				case is(folderPath(folder), "shared/gcp/store", "shared/gcp/bucket", "shared/gcp/events", "shared/gcp/kms") && strings.HasPrefix(imported, module) && !is(imported, "shared/wallet", "shared/gcp/call"):
					wrong("an adapter knows wallet and an SDK")
				case is(folderPath(folder), "shared/webservice", "shared/pkpass", "shared/passjson", "shared/apns") && is(imported, adapters...):
					wrong("it knows no adapter")
				}
			}
		}
	}
}

func folderPath(folder string) string { return module + folder }

// A function is a folder with two files of fixed names: what it does, and how it is built on Google Cloud. (That each folder
// is deployed, as the entry point it registers, is held in shared/tools/deployment.)
func TestEachFunctionReadsInTwoFiles(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || name == "local" {
			continue
		}
		for _, file := range []string{"function.go", name + ".go"} {
			if _, err := os.Stat(filepath.Join(name, file)); err != nil {
				t.Error(err)
			}
		}
	}
}

// One reader of the environment: whoever looks for a setting finds it in one place. (Google's clients read the addresses of
// their emulators themselves.)
func TestOnlyTheEnvironmentReadsTheEnvironment(t *testing.T) {
	for folder, files := range imports(t) {
		if folder == "shared/gcp" || strings.HasPrefix(folder, "shared/gcp/") || strings.HasPrefix(folder, "shared/cloudtest") || folder == "shared/browsertest" {
			continue
		}
		for file := range files {
			names := usesOf(parse(t, filepath.Join("..", folder, file)), false).names
			if names["os.Getenv"] || names["os.LookupEnv"] {
				t.Errorf("%s/%s reads the environment", folder, file)
			}
		}
	}
}

// No file of a handler asks where it runs.
func TestNoHandlerAsksWhetherItIsLocal(t *testing.T) {
	for folder, files := range imports(t) {
		if !strings.HasPrefix(folder, "functions/") || folder == "functions/local" {
			continue
		}
		for file := range files {
			text, err := os.ReadFile(filepath.Join("..", folder, file))
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`(?i)emulator|\bif local|isLocal`).Match(text) {
				t.Errorf("%s/%s asks where it runs", folder, file)
			}
		}
	}
}
