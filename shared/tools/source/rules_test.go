package source_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/source"
)

// with returns a module of one function, hello, and these files beside or instead of its own.
func with(t *testing.T, files map[string]string) string {
	t.Helper()
	all := map[string]string{
		"go.mod":                      "module example.com/m\n\ngo 1.26.0\n",
		"go.sum":                      "",
		"functions/hello/function.go": "package hello\n",
	}
	maps.Copy(all, files)
	dir := t.TempDir()
	for name, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(file), 0o755))
		check(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}

// hello is the function with these imports and patterns.
func hello(declarations string) string { return "package hello\n\n" + declarations + "\n" }

// embedding is the function with a pattern of go:embed.
func embedding(pattern string) string {
	return hello("import \"embed\"\n\n//go:embed " + pattern + "\nvar files embed.FS")
}

func TestWhichFilesArePacked(t *testing.T) {
	page := map[string]string{
		"page/a.html": "", "page/.hidden": "", "page/_draft": "", "page/_old/b.html": "", "page/sub/c.html": "", "page/sub/.d": "", "other.html": "",
	}
	own := make(map[string]string)
	for name, text := range page {
		own["functions/hello/"+name] = text
	}
	for _, c := range []struct {
		name, function string
		files          map[string]string
		want           []string // beside function.go, below functions/hello or as they are
	}{
		{"another package, and what that imports", hello(`import _ "example.com/m/shared/a"`), map[string]string{
			"shared/a/a.go": "package a\n\nimport _ \"example.com/m/shared/b\"\n", "shared/b/b.go": "package b\n\nimport _ \"fmt\"\n", "shared/c/c.go": "package c\n",
		}, []string{"shared/a/a.go", "shared/b/b.go"}},
		{"not a package that only begins alike", hello(`import _ "example.com/mother/shared/a"`), nil, nil},
		{"for where functions run", hello(""), map[string]string{
			"functions/hello/a_linux.go": "package hello\n", "functions/hello/a_darwin.go": "package hello\n", "functions/hello/a_arm64.go": "package hello\n",
			"functions/hello/b.go": "//go:build linux && amd64\n\npackage hello\n", "functions/hello/c.go": "//go:build ignore\n\npackage main\n",
			"functions/hello/d_test.go": "package hello\n", "functions/hello/testdata/e.go": "package e\n", "functions/hello/README.md": "",
		}, []string{"functions/hello/a_linux.go", "functions/hello/b.go"}},
		{"a file", embedding("other.html"), own, []string{"functions/hello/other.html"}},
		{"a glob", embedding("page/*.html"), own, []string{"functions/hello/page/a.html"}},
		{"a folder without what is hidden", embedding("page"), own, []string{"functions/hello/page/a.html", "functions/hello/page/sub/c.html"}},
		{"hidden files that a pattern names", embedding("page/.hidden page/_draft"), own, []string{"functions/hello/page/.hidden", "functions/hello/page/_draft"}},
		{"all of a folder", embedding("all:page"), own, []string{
			"functions/hello/page/.hidden", "functions/hello/page/_draft", "functions/hello/page/_old/b.html", "functions/hello/page/a.html",
			"functions/hello/page/sub/.d", "functions/hello/page/sub/c.html",
		}},
		{"a file that two patterns take", embedding("page/*.html page"), own, []string{"functions/hello/page/a.html", "functions/hello/page/sub/c.html"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := with(t, c.files)
			check(t, os.WriteFile(filepath.Join(dir, "functions", "hello", "function.go"), []byte(c.function), 0o644))
			files := zipFiles(t, zipOf(t, open(t, dir), "hello"))
			want := append([]string{"function.go", "functions/hello/function.go", "go.mod", "go.sum"}, c.want...)
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
				t.Errorf("packed %v\nwant   %v", got, want)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name     string
		files    map[string]string
		function string
		want     []string
	}{
		{"an unknown function", map[string]string{"functions/bye/function.go": "package bye\n", "functions/local/main.go": "package main\n"},
			"helo", []string{"helo", "only bye, hello"}},
		{"a path for a name", nil, "../functions/hello", []string{"no such function"}},
		{"a package that is not there", map[string]string{"functions/hello/function.go": hello(`import _ "example.com/m/shared/none"`)},
			"hello", []string{"package shared/none"}},
		{"two packages in a folder", map[string]string{"functions/hello/other.go": "package other\n"}, "hello", []string{"functions/hello", "other.go"}},
		{"a pattern without files", map[string]string{"functions/hello/function.go": embedding("none.html")}, "hello", []string{"functions/hello", "none.html matches no file"}},
		{"a private key", map[string]string{"functions/hello/function.go": embedding("keys"), "functions/hello/keys/a.pem": ""}, "hello", []string{"keys/a.pem looks like a key"}},
		{"an APNs key", map[string]string{"functions/hello/function.go": embedding("AuthKey.p8"), "functions/hello/AuthKey.p8": ""}, "hello", []string{"AuthKey.p8"}},
		{"a PKCS #12 file", map[string]string{"functions/hello/function.go": embedding("*"), "functions/hello/a.P12": ""}, "hello", []string{"a.P12"}},
		{"a key", map[string]string{"functions/hello/function.go": embedding("all:keys"), "functions/hello/keys/.key": ""}, "hello", []string{"keys/.key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := open(t, with(t, c.files)).Zip(c.function)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	for name, link := range map[string]struct{ from, to string }{
		"a source file":       {"functions/hello/linked.go", "../../outside.go"},
		"an embedded file":    {"functions/hello/page/linked.html", "a.html"},
		"an embedded folder":  {"functions/hello/page/linked", "../../../elsewhere"},
		"a package":           {"shared/linked", "../elsewhere"},
		"the folder above it": {"linked", "elsewhere"},
		"go.sum":              {"go.sum", "other.sum"},
	} {
		t.Run(name, func(t *testing.T) {
			imports := map[string]string{"shared/linked": "example.com/m/shared/linked", "linked": "example.com/m/linked/below"}[link.from]
			if imports == "" {
				imports = "fmt"
			}
			dir := with(t, map[string]string{
				"functions/hello/function.go":  hello("import (\n\"embed\"\n_ \"" + imports + "\"\n)\n\n//go:embed page\nvar files embed.FS"),
				"functions/hello/page/a.html":  "",
				"outside.go":                   "package hello\n",
				"elsewhere/elsewhere.go":       "package elsewhere\n",
				"elsewhere/below/elsewhere.go": "package below\n",
				"other.sum":                    "",
			})
			from := filepath.Join(dir, filepath.FromSlash(link.from))
			check(t, os.MkdirAll(filepath.Dir(from), 0o755))
			_ = os.Remove(from)
			check(t, os.Symlink(filepath.FromSlash(link.to), from))
			_, err := open(t, dir).Zip("hello")
			if want := link.from + " is a symbolic link"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		})
	}
}

func TestFoldersThatAreNoModule(t *testing.T) {
	if _, err := source.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("without go.mod: %v", err)
	}
	if _, err := source.Open(with(t, map[string]string{"go.mod": "go 1.26.0\n"})); err == nil || !strings.Contains(err.Error(), "names no module") {
		t.Errorf("without a module path: %v", err)
	}
	if _, err := source.Root(t.TempDir()); err == nil || !strings.Contains(err.Error(), "inside the checkout") {
		t.Errorf("outside of any module: %v", err)
	}
}

func TestRootIsFoundFromBelow(t *testing.T) {
	dir := with(t, nil)
	for _, below := range []string{".", "functions", "functions/hello"} {
		if root, err := source.Root(filepath.Join(dir, below)); err != nil || root != dir {
			t.Errorf("from %s: %s, %v", below, root, err)
		}
	}
}
