package buildpack_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/buildpack"
)

const root = `package hello

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() { functions.HTTP("Hello", func(http.ResponseWriter, *http.Request) {}) }
`

// own returns a file of this module, whose requirements the function shares, so that its modules are in the cache.
func own(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", name))
	check(t, err)
	return string(text)
}

// hello is a function that can be built.
func hello(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"go.mod": own(t, "go.mod"), "go.sum": own(t, "go.sum"), "hello.go": root}
}

// pack zips files in order of their names; mode is that of each file, 0644 where it has none.
func pack(t *testing.T, files map[string]string, mode map[string]fs.FileMode) []byte {
	t.Helper()
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate}
		header.SetMode(0o644)
		if m, ok := mode[name]; ok {
			header.SetMode(m)
		}
		entry, err := w.CreateHeader(header)
		check(t, err)
		_, err = entry.Write([]byte(files[name]))
		check(t, err)
	}
	check(t, w.Close())
	return data.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run starts an executable as a function that it does not have.
func run(t *testing.T, executable string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), executable)
	c.Env = []string{"FUNCTION_TARGET=Other"}
	output, err := c.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Errorf("the function ended with %v", err)
	}
	return string(output)
}

func TestBuild(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "function")
	check(t, buildpack.Build(t.Context(), pack(t, hello(t), nil), executable))
	if said := run(t, executable); !strings.Contains(said, `no matching function found with name: "Other"`) {
		t.Errorf("it says %q, and does not serve what registers itself", said)
	}
	t.Run("where go.mod does not name the framework", func(t *testing.T) {
		files := hello(t)
		requirement := regexp.MustCompile(`(?m)^\s*github.com/GoogleCloudPlatform/functions-framework-go .*\n`)
		if files["go.mod"] = requirement.ReplaceAllString(own(t, "go.mod"), ""); files["go.mod"] == own(t, "go.mod") {
			t.Fatal("this module does not require the framework")
		}
		t.Setenv("GOPROXY", "off") // which keeps the go command from choosing a version by itself
		check(t, buildpack.Build(t.Context(), pack(t, files, nil), executable))
		run(t, executable)
	})
}

func TestTheWorkingDirectoryMayBeAnywhere(t *testing.T) {
	source := pack(t, hello(t), nil)
	t.Chdir(t.TempDir())
	check(t, buildpack.Build(t.Context(), source, "function"))
	run(t, "./function")
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string // over those of a function that can be built; empty to leave one out
		mode  map[string]fs.FileMode
		want  string
	}{
		{"no file at the top", map[string]string{"hello.go": "", "hello/hello.go": root}, nil, "no .go file at the top"},
		{"an external test at the top", map[string]string{"hello_test.go": "package hello_test\n"}, nil, "several packages at the top of the source, test files counted: hello, hello_test"},
		{"a file for another platform at the top", map[string]string{"tools.go": "//go:build tools\n\npackage tools\n"}, nil, "several packages"},
		{"a program at the top", map[string]string{"hello.go": strings.Replace(root, "package hello", "package main", 1)}, nil, "is main"},
		{"a package at the top that is no Go", map[string]string{"hello.go": "hello"}, nil, "hello.go:1:1"},
		{"no go.mod", map[string]string{"go.mod": ""}, nil, "no go.mod"},
		{"a go.mod that is read-only", nil, map[string]fs.FileMode{"go.mod": 0o444}, "go.mod is not writable"},
		{"a go.mod that cannot be read", map[string]string{"go.mod": "require\n"}, nil, "go.mod:1"},
		{"a go.mod without a module", map[string]string{"go.mod": "go 1.26.0\n"}, nil, "names no module"},
		{"a module path without a dot", map[string]string{"go.mod": "module hello/there.example\n"}, nil, "hello/there.example has no dot in its first element"},
		{"a function that only a folder registers", map[string]string{
			"hello.go": "package hello\n\nimport _ \"walletpasses.example/server/below\"\n", "below/below.go": root,
		}, nil, "does not itself import"},
		{"an import that nothing provides", map[string]string{"other.go": "package hello\n\nimport _ \"walletpasses.example/server/none\"\n"}, nil, "go mod tidy: exit status 1\ngo: "},
		{"a package that does not compile", map[string]string{"other.go": "package hello\n\nvar x int = none\n"}, nil, "undefined: none"},
		{"a name that leads out", map[string]string{"../hello.go": root}, nil, `unpack "../hello.go"`},
		{"a name that leads out in the middle", map[string]string{"below/../../hello.go": root}, nil, `unpack "below/../../hello.go"`},
		{"a name from the root", map[string]string{"/tmp/hello.go": root}, nil, `unpack "/tmp/hello.go"`},
		{"a symbolic link", map[string]string{"link": "/etc/passwd"}, map[string]fs.FileMode{"link": fs.ModeSymlink | 0o777}, `unpack "link": neither a file nor a folder`},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := hello(t)
			maps.Copy(files, c.files)
			maps.DeleteFunc(files, func(_, text string) bool { return text == "" })
			executable := filepath.Join(t.TempDir(), "function")
			err := buildpack.Build(t.Context(), pack(t, files, c.mode), executable)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			if _, err := os.Stat(executable); err == nil {
				t.Error("there is an executable all the same")
			}
		})
	}
}

func TestNoZip(t *testing.T) {
	if err := buildpack.Build(t.Context(), []byte("PK"), filepath.Join(t.TempDir(), "function")); !errors.Is(err, zip.ErrFormat) {
		t.Error(err)
	}
}
