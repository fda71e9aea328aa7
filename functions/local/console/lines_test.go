package console

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	const text = `{
  "template": "points",
  "data": {
    "a/b": 1, "x~y": 2,
    "list": [
      1,
      {"deep": true}
    ],
    "twice": 1,
    "twice":
      2
  }
}`
	found := readLines([]byte(text))
	for pointer, want := range map[string]int{
		"": 1, "/template": 2, "/data": 3, "/data/a~1b": 4, "/data/x~0y": 4, "/data/list": 5, "/data/list/0": 6, "/data/list/1": 7,
		"/data/list/1/deep": 7, "/data/twice": 10, "/data/missing": 3, "/data/missing/deeper": 3, "/nothing": 1, "/data/list/9": 5,
	} {
		if got := found.of(pointer); got != want {
			t.Errorf("%q is in line %d, want %d", pointer, got, want)
		}
	}
}

func TestLinesOfBrokenText(t *testing.T) {
	found := readLines([]byte("{\n\"a\": 1,\n\"b\": oh\n}"))
	if found.of("/a") != 2 {
		t.Errorf("what comes before the fault is not found: %v", found)
	}
	deep := strings.Repeat(`{"a":`, 50000) + "1" + strings.Repeat("}", 50000)
	if found := readLines([]byte(deep)); len(found) > 100 {
		t.Errorf("%d places", len(found))
	}
}

// A text of 200 KiB has places whose pointers together would take gigabytes.
func TestLinesOfLongPointers(t *testing.T) {
	text := "{\n\"" + strings.Repeat("k", 100<<10) + "\":\n[" + strings.Repeat("\n{\"a\":1},", 10_000) + "\n1]}"
	found := readLines([]byte(text))
	if len(found) > 10 {
		t.Errorf("%d places", len(found))
	}
	long := "/" + strings.Repeat("k", 1000)
	found = readLines([]byte("{\"" + long[1:] + "\":\n{\"" + strings.Repeat("m", 100) + "\":\n[\n1]}}"))
	if got := found.of(long + "/" + strings.Repeat("m", 100) + "/0"); got != 1 {
		t.Errorf("what lies too deep is in line %d, want that of what is around it", got)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("{\n\"a\": [1, {\"b\": 2}]\n}")
	f.Add("{\"a\"")
	f.Fuzz(func(t *testing.T, text string) {
		most := strings.Count(text, "\n") + 1
		for pointer, line := range readLines([]byte(text)) {
			if line < 1 || line > most {
				t.Errorf("%q in line %d of %d", pointer, line, most)
			}
		}
	})
}

func TestWords(t *testing.T) {
	for name, want := range map[string]string{"fullName": "Full name", "points": "Points", "directionsURL": "Directions URL", "gate_no": "Gate no", "": ""} {
		if got := words(name); got != want {
			t.Errorf("%q reads %q", name, got)
		}
	}
}
