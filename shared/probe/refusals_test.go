package probe

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// A reason is why a request is refused: the pass that it asks for, and what it shows.
type reason struct {
	name          string
	pass          wallet.PassID
	authorization []string // the values of the header; none for no header
}

// reasons are all those to refuse whoever does not hold a pass.
func reasons() []reason {
	card1 := id(loyalty, "card-1")
	list := []reason{
		{"no credential", card1, nil},
		{"an empty one", card1, []string{""}},
		{"another scheme", card1, []string{"Bearer " + derived(2, card1)}},
		{"a scheme alone", card1, []string{"ApplePass"}},
		{"a guess", card1, []string{"ApplePass 2." + strings.Repeat("A", 43)}},
		{"a letter wrong", card1, []string{"ApplePass " + strings.Replace(derived(2, card1), ".", ".-", 1)[:45]}},
		{"a version that there is not", card1, []string{"ApplePass " + derived(3, card1)}},
		{"the token of another pass", card1, []string{"ApplePass " + derived(2, id(loyalty, "card-2"))}},
		{"the token of its twin", card1, []string{"ApplePass " + derived(2, id(tickets, "card-1"))}},
		{"the token of an imported pass", card1, []string{"ApplePass " + importedToken}},
		{"a token that is far too long", card1, []string{"ApplePass " + strings.Repeat("A", 4000)}},
		{"a wrong one before the right one", card1, []string{"ApplePass wrong", "ApplePass " + derived(2, card1)}},
	}
	for _, t := range things {
		list = append(list, reason{t.kind + ", and a guess", t.id, []string{"ApplePass guess"}},
			reason{t.kind + ", and the token of another pass", t.id, []string{"ApplePass " + derived(2, id(loyalty, "somebody"))}})
		if !valid(t.id) {
			list = append(list, reason{t.kind + ", and its token", t.id, []string{"ApplePass " + derived(2, t.id)}})
		}
	}
	return list
}

var date = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// raw sends a request over a connection of its own and returns every byte of the answer but the date.
func raw(t *testing.T, server, method, target, body string, authorization []string) string {
	t.Helper()
	connection, err := net.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	var request strings.Builder
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: passes.example.com\r\nContent-Length: %d\r\n", method, target, len(body))
	for _, value := range authorization {
		fmt.Fprintf(&request, "Authorization: %s\r\n", value)
	}
	fmt.Fprintf(&request, "\r\n%s", body)
	if _, err := io.WriteString(connection, request.String()); err != nil {
		t.Fatal(err)
	}
	var answer strings.Builder
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(connection, &answer)), &http.Request{Method: method})
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return date.ReplaceAllString(answer.String(), "")
}

// Whatever the reason, a stranger learns nothing from a refusal: not whether there is such a pass, nor what kind it is of, nor
// how near a token came.
func TestRefusalsAreOneAndTheSame(t *testing.T) {
	s, err := newShop()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.web)
	defer server.Close()
	all := make(map[string]string) // by method, since the answer to HEAD says of a body only how long it would be
	for _, e := range endpoints {
		for _, r := range reasons() {
			target := e.path(aPhone, url.PathEscape(r.pass.PassTypeIdentifier), url.PathEscape(r.pass.SerialNumber))
			answer := raw(t, server.Listener.Addr().String(), e.method, target, e.bodies[0], r.authorization)
			head := e.method == http.MethodHead
			if all[fmt.Sprint(head)] == "" {
				all[fmt.Sprint(head)] = answer
			}
			if answer != all[fmt.Sprint(head)] || !strings.HasPrefix(answer, "HTTP/1.1 401 ") {
				t.Errorf("%s, %s: %q, and elsewhere %q", e.name, r.name, answer, all[fmt.Sprint(head)])
			}
		}
	}
	if n := len(all); n != 2 {
		t.Errorf("%d kinds of answer", n)
	}
}

// The same of links, whatever is wrong with them.
func TestRefusedLinksAreOneAndTheSame(t *testing.T) {
	s, err := newShop()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.install)
	defer server.Close()
	tokens := map[string]string{
		"a guess": strings.Repeat("A", 80), "short": "A", "no base64": "%21", "a token of a pass": derived(2, id(loyalty, "card-1")),
		"a slash in it": "a%2Fb", "the code alone": s.links[0].token[:22],
	}
	for _, l := range s.links {
		if l.passes == nil {
			tokens[l.name] = l.token
		} else {
			tokens["cut: "+l.name] = l.token[:len(l.token)-4]
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		var first string
		for _, name := range slices.Sorted(maps.Keys(tokens)) {
			for _, suffix := range []string{"", ".pkpass", ".pkpasses"} {
				answer := raw(t, server.Listener.Addr().String(), method, "/install/"+tokens[name]+suffix, "", nil)
				if first == "" {
					first = answer
				}
				if answer != first || !strings.HasPrefix(answer, "HTTP/1.1 401 ") {
					t.Errorf("%s, %s: %q, and elsewhere %q", method, name, answer, first)
				}
			}
		}
	}
}

// A list costs whoever asks the same, and tells those who know no device nothing.
func TestUnknownDevicesAreOneAndTheSame(t *testing.T) {
	s, err := newShop()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.web)
	defer server.Close()
	var first string
	for _, device := range []string{nobodyPhone, aPhone[:31], otherPhone[:30], aPhone + "0", strings.ToUpper(aPhone), "..", "%00", strings.Repeat("a", 129), "__x__"} {
		for _, passType := range []string{loyalty, tickets, "pass.com.example.other", "nothing"} {
			if device == aPhone[:31] && passType == loyalty {
				continue // that is the other phone
			}
			answer := raw(t, server.Listener.Addr().String(), "GET", "/v1/devices/"+device+"/registrations/"+passType, "", nil)
			if first == "" {
				first = answer
			}
			if answer != first || !strings.HasPrefix(answer, "HTTP/1.1 204 ") {
				t.Errorf("%s, %s: %q, and elsewhere %q", device, passType, answer, first)
			}
		}
	}
}
