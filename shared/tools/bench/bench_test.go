package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tiny is a module with one comparison, and a benchmark that is none.
var tiny = map[string]string{
	"go.mod": "module example.com/server/tiny\n\ngo 1.24\n",
	"a/beside_test.go": `package a

import "testing"

func BenchmarkBesideNothing(b *testing.B) {
	b.Run("twice as long", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(2, "x-bare")
		b.ReportMetric(1500, "bare-ns/op")
		b.ReportMetric(3e6, "ns/op")
	})
}

func BenchmarkOther(b *testing.B) { b.Fatal("it was run") }
`,
	"b/b_test.go": "package b\n\nimport \"testing\"\n\nfunc BenchmarkBesideElsewhere(b *testing.B) { b.Fatal(\"it was run\") }\n",
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheTable(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, tiny)
	var out, errs strings.Builder
	if err := run(t.Context(), []string{"-for", "1ms"}, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	if want := "| tiny/a Nothing/twice as long | 2.00 |  | 1.5 µs | 3.00 ms | 0 |\n"; !strings.HasSuffix(out.String(), want) || strings.Count(out.String(), "\n") != 5 {
		t.Errorf("%s\nwant at its end\n%s", &out, want)
	}
	out.Reset()
	if err := run(t.Context(), []string{"-for", "1ms", "-bench", "Something"}, &out, &errs); err != nil || strings.Contains(out.String(), "Nothing") {
		t.Errorf("%v\n%s", err, &out)
	}
}

func TestWhatCannotRunIsAnError(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := run(t.Context(), nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "root of the module") {
		t.Errorf("in an empty folder: %v", err)
	}
	write(t, tiny)
	write(t, map[string]string{"a/beside_test.go": "package a\n\nimport \"testing\"\n\nfunc BenchmarkBesideNothing(b *testing.B) { b.Fatal(\"broken\") }\n"})
	if err := run(t.Context(), []string{"-for", "1ms"}, io.Discard, io.Discard); err == nil {
		t.Error("a benchmark that fails is no error")
	}
	for _, args := range [][]string{{"-bench", "("}, {"-for", "soon"}} {
		if run(t.Context(), args, io.Discard, io.Discard) == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

func TestTargets(t *testing.T) {
	for name, want := range map[string]string{
		"shared/pkpass RSA/60 kB, 1 at once, only data changes": "1.05",
		"functions/web HTTP/over loopback/latest, 60 kB":        "2.00",
		"functions/web HTTP/over loopback/list 204":             "1.67",
		"functions/web HTTP/in process/list 204":                "",
		"shared/tools/pack Start/register":                      "1.50",
	} {
		if got := targetOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r := read("pkg: a/server/shared/x\nBenchmarkBesideY/z_z-2 1 5 ns/op 1.5 x-bare\n", regexp.MustCompile("")); len(r.rows) != 1 || r.rows[0].name != "shared/x Y/z z" || r.rows[0].metrics["x-bare"] != 1.5 {
		t.Errorf("%+v", r)
	}
}
