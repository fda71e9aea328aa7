package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// TestStory plays testdata/story.txt against the handlers.
func TestStory(t *testing.T) {
	text, err := os.ReadFile("testdata/story.txt")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	s := &story{world: w, values: map[string]string{"token": strings.TrimPrefix(w.auth("card-1"), "ApplePass ")}}
	for i, line := range strings.Split(string(text)+"\n", "\n") {
		s.line = i + 1
		s.read(line)
	}
	if s.requests < 15 {
		t.Errorf("only %d requests were made", s.requests)
	}
}

// A story is a text that is being played.
type story struct {
	*world
	line     int
	sent     []string // the request's lines so far
	answer   *httptest.ResponseRecorder
	values   map[string]string
	requests int
}

func (s *story) failf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("story.txt:%d: %s", s.line, fmt.Sprintf(format, args...))
}

// read takes one line.
func (s *story) read(line string) {
	kind, rest, _ := strings.Cut(line, " ")
	switch {
	case kind == ">":
		s.sent = append(s.sent, rest)
	case kind == "<" && s.sent != nil:
		s.send()
		if got := fmt.Sprint(s.answer.Code); got != rest {
			s.failf("status %s, want %s: %s", got, rest, s.answer.Body)
		}
	case kind == "<":
		s.expect(rest)
	case kind == "*":
		s.act(rest)
	case line != "" && kind != "#":
		s.failf("what is %q?", line)
	}
}

// send makes the request of the lines so far.
func (s *story) send() {
	method, target, _ := strings.Cut(s.fill(s.sent[0]), " ")
	var headers []string
	body := ""
	for i, line := range s.sent[1:] {
		if line == "" {
			body = strings.Join(s.sent[i+2:], "\n")
			break
		}
		name, value, _ := strings.Cut(line, ": ")
		headers = append(headers, name, s.fill(value))
	}
	handler := s.web
	if strings.HasPrefix(target, "/issuer/") {
		handler = s.issuer
	}
	s.answer = request(handler, method, target, body, headers...)
	s.sent = nil
	s.requests++
}

var variable = regexp.MustCompile(`\$[a-z]+[0-9]*`)

// fill replaces what has a value by now.
func (s *story) fill(text string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := s.values[name[1:]]; ok {
			return value
		}
		return name
	})
}

var headerLine = regexp.MustCompile(`^([A-Z][A-Za-z-]+): (.*)$`)

// expect compares a header, or looks for a text in the body. A name that has no value yet takes the one it meets.
func (s *story) expect(want string) {
	got, want := s.answer.Body.String(), s.fill(want)
	if m := headerLine.FindStringSubmatch(want); m != nil {
		got, want = s.answer.Header().Get(m[1]), m[2]
	}
	name := variable.FindString(want)
	if name == "" {
		if !strings.Contains(got, want) {
			s.failf("%q is not in %q", want, got)
		}
		return
	}
	pattern := strings.Replace(regexp.QuoteMeta(want), regexp.QuoteMeta(name), `([^"]+)`, 1)
	m := regexp.MustCompile(pattern).FindStringSubmatch(got)
	if m == nil {
		s.failf("%q does not look like %q", got, want)
		return
	}
	s.values[name[1:]] = m[1]
}

// act does or checks what is not HTTP.
func (s *story) act(what string) {
	if what == "the pipeline runs" {
		s.settle()
		return
	}
	if token, ok := strings.CutPrefix(what, "APNs was asked to push to "); ok {
		want := []string{token}
		if token == "nobody" {
			want = []string{}
		}
		if got := s.apns.pushes(); !slices.Equal(got, want) {
			s.failf("APNs was asked to push to %v", got)
		}
		s.apns.forget()
		return
	}
	var points float64
	if _, err := fmt.Sscanf(what, "the package verifies and shows %f points", &points); err != nil {
		s.failf("what is %q?", what)
		return
	}
	s.verify(points)
}

// verify checks the package of the last answer as a phone does, and a field of it.
func (s *story) verify(points float64) {
	if s.answer.Code != http.StatusOK {
		return // that was said already
	}
	signed, err := signing()
	if err != nil {
		s.t.Fatal(err)
	}
	contents, findings := pkpass.Verify(s.answer.Body.Bytes(), pkpass.VerifyOptions{Roots: signed.pool, Now: s.now})
	if err := findings.Err(); err != nil {
		s.failf("%v", err)
		return
	}
	var pass struct {
		StoreCard struct {
			PrimaryFields, HeaderFields, SecondaryFields []struct{ Key, Value any }
		}
	}
	if err := json.Unmarshal(contents.PassJSON, &pass); err != nil {
		s.failf("%v", err)
	}
	for _, field := range slices.Concat(pass.StoreCard.HeaderFields, pass.StoreCard.PrimaryFields, pass.StoreCard.SecondaryFields) {
		if field.Key == "points" && field.Value == points {
			return
		}
	}
	s.failf("the pass does not show %v points: %s", points, contents.PassJSON)
}
