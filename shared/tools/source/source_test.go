package source_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/source"
)

// repository is where this module is.
const repository = "../../.."

func open(t *testing.T, dir string) *source.Module {
	t.Helper()
	m, err := source.Open(dir)
	check(t, err)
	return m
}

func functions(t *testing.T, m *source.Module) []string {
	t.Helper()
	names, err := m.Functions()
	check(t, err)
	return names
}

func zipOf(t *testing.T, m *source.Module, function string) source.Archive {
	t.Helper()
	a, err := m.Zip(function)
	check(t, err)
	return a
}

// zipFiles reads a zip with any reader's eyes.
func zipFiles(t *testing.T, a source.Archive) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(a.Data), int64(len(a.Data)))
	check(t, err)
	files := make(map[string]string)
	for _, f := range r.File {
		content, err := f.Open()
		check(t, err)
		text, err := io.ReadAll(content) // fails on a wrong checksum
		check(t, err)
		files[f.Name] = string(text)
	}
	return files
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copied returns a copy of the sources of this repository, in another place, with other times and modes.
func copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"functions", "shared"} {
		check(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(repository, name))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	check(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		if err == nil {
			err = os.Chtimes(name, time.Time{}, time.Unix(1e9, 0))
		}
		return err
	}))
	return dir
}

func TestTheSameFilesMakeTheSameBytes(t *testing.T) {
	m, other := open(t, repository), open(t, copied(t))
	for _, function := range functions(t, m) {
		first, again, elsewhere := zipOf(t, m, function), zipOf(t, m, function), zipOf(t, other, function)
		if !bytes.Equal(first.Data, again.Data) || first.Name() != again.Name() {
			t.Errorf("%s: packed twice, two archives", function)
		}
		if !bytes.Equal(first.Data, elsewhere.Data) || first.Name() != elsewhere.Name() {
			t.Errorf("%s: a copy with other times and modes makes another archive", function)
		}
	}
}

func TestEntriesAreSortedAndBearNothingOfTheMachine(t *testing.T) {
	a := zipOf(t, open(t, repository), "install")
	r, err := zip.NewReader(bytes.NewReader(a.Data), int64(len(a.Data)))
	check(t, err)
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.Mode() != 0o644 || f.Method != zip.Store || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: mode %v, method %d, date %v", f.Name, f.Mode(), f.Method, f.Modified)
		}
		const sizesFollow = 1 << 3 // what some readers refuse where nothing is compressed
		if f.Flags&sizesFollow != 0 {
			t.Errorf("%s: sizes stand behind the file", f.Name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
}

func TestAChangeNamesAnewWhatIsBuiltFromIt(t *testing.T) {
	dir := copied(t)
	m := open(t, dir)
	names := func() map[string]string {
		byFunction := make(map[string]string)
		for _, function := range functions(t, m) {
			a := zipOf(t, m, function)
			if a.Function != function || a.Name() != function+"-"+a.Hash+".zip" || !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(a.Hash) {
				t.Errorf("%s is packed as %s, hash %s", function, a.Name(), a.Hash)
			}
			byFunction[function] = a.Name()
		}
		return byFunction
	}
	all := functions(t, m)
	for _, c := range []struct {
		file string
		want []string
	}{
		{"functions/push/push.go", []string{"push"}},
		{"functions/push/push_test.go", nil},
		{"functions/register/register.go", []string{"register", "web"}},
		{"functions/install/page.html", []string{"install"}},
		{"shared/wallet/doc.go", all},
		{"go.sum", all},
	} {
		before := names()
		file, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(c.file)), os.O_APPEND|os.O_WRONLY, 0)
		check(t, err)
		_, err = file.WriteString("\n")
		check(t, err)
		check(t, file.Close())
		after := names()
		var changed []string
		for _, function := range all {
			if before[function] != after[function] {
				changed = append(changed, function)
			}
		}
		if !slices.Equal(changed, c.want) {
			t.Errorf("a change of %s renames %v, want %v", c.file, changed, c.want)
		}
	}
}

// The go command is the judge of what a build reads.
func TestAZipHoldsWhatTheBuildReads(t *testing.T) {
	m := open(t, repository)
	for _, function := range functions(t, m) {
		t.Run(function, func(t *testing.T) {
			want := append(readByGo(t, "functions/"+function), "function.go", "go.mod", "go.sum")
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(zipFiles(t, zipOf(t, m, function)))); !slices.Equal(got, want) {
				t.Errorf("packed  %v\nread by go %v", got, want)
			}
		})
	}
}

// readByGo lists the files of this module that the go command reads to build a package for where functions run.
func readByGo(t *testing.T, folder string) []string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module,ImportPath,GoFiles,EmbedFiles", "./"+folder)
	c.Dir = repository
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	c.Stderr = os.Stderr
	output, err := c.Output()
	check(t, err)
	var files []string
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var pkg struct {
			Module              *struct{ Path string }
			ImportPath          string
			GoFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&pkg); err == io.EOF {
			return files
		} else {
			check(t, err)
		}
		if pkg.Module == nil || pkg.Module.Path != "walletpasses.example/server" {
			continue
		}
		for _, name := range slices.Concat(pkg.GoFiles, pkg.EmbedFiles) {
			files = append(files, path.Join(strings.TrimPrefix(pkg.ImportPath, pkg.Module.Path+"/"), name))
		}
	}
}

func TestAZipOfOneFunction(t *testing.T) {
	files := zipFiles(t, zipOf(t, open(t, repository), "changed"))
	folders := make(map[string]bool)
	for name, text := range files {
		folders[path.Dir(name)] = true
		if name == "function.go" {
			continue
		}
		if original, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(name))); err != nil || string(original) != text {
			t.Errorf("%s is not as in the repository (%v)", name, err)
		}
	}
	want := []string{".", "functions/changed", "shared/gcp", "shared/gcp/call", "shared/gcp/events", "shared/wallet"}
	if got := slices.Sorted(maps.Keys(folders)); !slices.Equal(got, want) {
		t.Errorf("folders %v, want %v", got, want)
	}
	const root = `// Code generated by shared/tools/source. DO NOT EDIT.

// Package function is deployed as the function changed.
package function

import (
	_ "github.com/GoogleCloudPlatform/functions-framework-go/functions"

	_ "walletpasses.example/server/functions/changed"
)
`
	if files["function.go"] != root {
		t.Errorf("the root package is\n%s\nwant\n%s", files["function.go"], root)
	}
}

func TestNothingElseLeaves(t *testing.T) {
	m := open(t, repository)
	for _, function := range functions(t, m) {
		for name := range zipFiles(t, zipOf(t, m, function)) {
			if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata") || strings.HasPrefix(name, "shared/tools/") ||
				slices.Contains([]string{".pem", ".key", ".p8", ".p12"}, path.Ext(name)) {
				t.Errorf("%s takes %s along", function, name)
			}
			if other, ok := strings.CutPrefix(name, "functions/"); ok && function != "web" && !strings.HasPrefix(other, function+"/") {
				t.Errorf("%s takes %s of another function along", function, name)
			}
		}
	}
}
