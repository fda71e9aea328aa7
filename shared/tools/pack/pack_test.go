package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// checkout makes a module with the functions push and web, and works in it.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                     "module example.com/m\n",
		"go.sum":                     "",
		"functions/push/function.go": "package push\n",
		"functions/web/function.go":  "package web\n",
	} {
		writeTo(t, filepath.Join(dir, name), text)
	}
	t.Chdir(dir)
	return dir
}

func writeTo(t testing.TB, name, text string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(name), 0o755))
	check(t, os.WriteFile(name, []byte(text), 0o644))
}

// packed runs the command and returns the names it prints.
func packed(t *testing.T, args ...string) []string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(args, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	return strings.Fields(stdout.String())
}

// list returns the names of the files in a folder, sorted.
func list(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	check(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAllFunctionsArePackedWhenNoneIsNamed(t *testing.T) {
	dir := checkout(t)
	names := packed(t, "-out", "new/build")
	if len(names) != 2 || !strings.HasPrefix(names[0], "push-") || !strings.HasPrefix(names[1], "web-") {
		t.Errorf("printed %q", names)
	}
	if files := list(t, filepath.Join(dir, "new", "build")); !slices.Equal(files, names) {
		t.Errorf("wrote %q, printed %q", files, names)
	}
}

func TestOnlyTheFunctionsNamedArePacked(t *testing.T) {
	checkout(t)
	if names := packed(t, "-out", "build", "web"); len(names) != 1 || !slices.Equal(list(t, "build"), names) || !strings.HasPrefix(names[0], "web-") {
		t.Errorf("printed %q, wrote %q", names, list(t, "build"))
	}
}

func TestAnyFolderOfTheCheckoutWillDo(t *testing.T) {
	dir := checkout(t)
	t.Chdir(filepath.Join("functions", "web"))
	if names := packed(t, "-out", "../../build"); len(names) != 2 || !slices.Equal(list(t, filepath.Join(dir, "build")), names) {
		t.Errorf("printed %q", names)
	}
}

func TestOneZipOfEachFunctionRemains(t *testing.T) {
	checkout(t)
	before := packed(t, "-out", "build")
	long := time.Unix(1e9, 0)
	for _, name := range before {
		check(t, os.Chtimes(filepath.Join("build", name), long, long))
	}
	others := []string{"notes.txt", "web-.zip", "web-latest.zip", "web-service-0123456789abcdef.zip"}
	for _, name := range others {
		writeTo(t, filepath.Join("build", name), "")
	}
	writeTo(t, "functions/web/more.go", "package web\n")

	after := packed(t, "-out", "build")
	if after[0] != before[0] || after[1] == before[1] {
		t.Fatalf("printed %q after %q", after, before)
	}
	if got, want := list(t, "build"), slices.Sorted(slices.Values(slices.Concat(after, others))); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	info, err := os.Stat(filepath.Join("build", after[0]))
	check(t, err)
	if !info.ModTime().Equal(long) {
		t.Error("the zip that was there already is written again")
	}
}

func TestErrorsAndWrongUse(t *testing.T) {
	checkout(t)
	writeTo(t, "file", "")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"no folder", nil, 2, "usage: pack -out DIR"},
		{"an unknown flag", []string{"-output", "build"}, 2, "usage: pack -out DIR"},
		{"a flag without its value", []string{"-out"}, 2, "usage: pack -out DIR"},
		{"help", []string{"-h"}, 0, "usage: pack -out DIR"},
		{"an unknown function", []string{"-out", "build", "wep"}, 1, "pack: source zip of wep: there is no such function, only push, web"},
		{"a folder that cannot be made", []string{"-out", "file/build"}, 1, "pack: mkdir file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := run(c.args, &stdout, &stderr); status != c.status || !strings.Contains(stderr.String(), c.want) || stdout.Len() > 0 {
				t.Errorf("status %d, %q, %q; want %d and %q", status, &stdout, &stderr, c.status, c.want)
			}
		})
	}
	t.Run("outside of any checkout", func(t *testing.T) {
		t.Chdir(t.TempDir())
		var stderr bytes.Buffer
		if status := run([]string{"-out", "build"}, &bytes.Buffer{}, &stderr); status != 1 || !strings.Contains(stderr.String(), "inside the checkout") {
			t.Errorf("status %d, %q", status, &stderr)
		}
	})
}
