package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A table is what the benchmarks have reported.
type table struct {
	processor string
	rows      []row
}

// A row is one benchmark.
type row struct {
	name    string // package and benchmark
	metrics map[string]float64
}

// read takes the rows out of what go test prints.
func read(output string, chosen *regexp.Regexp) table {
	var t table
	folder := ""
	for line := range strings.Lines(output) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "pkg":
			_, folder, _ = strings.Cut(value, "/server/")
		case "cpu":
			t.processor = value
		}
		if words := strings.Fields(line); len(words) > 3 && strings.HasPrefix(words[0], "BenchmarkBeside") {
			if r := newRow(folder, words); chosen.MatchString(r.name) {
				t.rows = append(t.rows, r)
			}
		}
	}
	return t
}

// cores is what go test appends to a name: the number of processors.
var cores = regexp.MustCompile(`-\d+$`)

// newRow reads a line: a name, how often it ran, and pairs of a number and its unit.
func newRow(folder string, words []string) row {
	name := strings.TrimPrefix(cores.ReplaceAllString(words[0], ""), "BenchmarkBeside")
	r := row{name: folder + " " + strings.ReplaceAll(name, "_", " "), metrics: make(map[string]float64)}
	for i := 2; i+1 < len(words); i += 2 {
		if n, err := strconv.ParseFloat(words[i], 64); err == nil {
			r.metrics[words[i+1]] = n
		}
	}
	return r
}

// String is the table in Markdown.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("| Ours | Times the bare work | Target | Bare | Ours | Allocations |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range t.rows {
		ratio, compared := r.metrics["x-bare"]
		if !compared {
			continue
		}
		fmt.Fprintf(&b, "| %s | %.2f | %s | %s | %s | %.0f |\n", r.name, ratio, targetOf(r.name), span(r.metrics["bare-ns/op"]), span(r.metrics["ns/op"]), r.metrics["allocs/op"])
	}
	return b.String()
}

// span writes nanoseconds for people; nothing where they were not measured.
func span(nanoseconds float64) string {
	switch {
	case nanoseconds == 0:
		return ""
	case nanoseconds < 1e6:
		return fmt.Sprintf("%.1f µs", nanoseconds/1e3)
	default:
		return fmt.Sprintf("%.2f ms", nanoseconds/1e6)
	}
}

// targets are the ratios that are wanted, by name; the first that matches counts.
var targets = []struct {
	name  *regexp.Regexp
	ratio string
}{
	{regexp.MustCompile(`^shared/pkpass RSA.*only data changes`), "1.05"},
	{regexp.MustCompile(`^shared/pkpass OneCore.*only data changes`), "0.54"},
	{regexp.MustCompile(`^functions/web HTTP/over loopback.*60 kB`), "2.00"},
	{regexp.MustCompile(`^functions/web HTTP/over loopback`), "1.67"},
	{regexp.MustCompile(`^functions/push APNs`), "1.25"},
	{regexp.MustCompile(`^shared/tools/pack Start`), "1.50"},
}

func targetOf(name string) string {
	for _, t := range targets {
		if t.name.MatchString(name) {
			return t.ratio
		}
	}
	return ""
}
