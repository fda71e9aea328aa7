package probe

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A link is the token of an install link, made here and not by the server.
type link struct {
	name   string
	token  string
	passes []wallet.PassID // that it gives; none where it gives nothing
}

// newLink signs a link with a key, whose version the link may tell otherwise.
func newLink(name string, version, told int, expiry time.Time, passes ...wallet.PassID) link {
	names := make([]string, len(passes))
	for i, p := range passes {
		names[i] = p.String()
	}
	payload := fmt.Sprintf("%d/%d/%s", told, expiry.Unix(), strings.Join(names, ","))
	mac := code(allKeys[version], "install", told, payload)[:16]
	return link{name, base64.RawURLEncoding.EncodeToString(append(mac, payload...)), passes}
}

// newLinks are those that give what is held, and those that give nothing.
func newLinks(held map[wallet.PassID][]byte) []link {
	later, card1, card2, twin := noon.Add(24*time.Hour), id(loyalty, "card-1"), id(loyalty, "card-2"), id(tickets, "card-1")
	links := []link{
		newLink("a bundle", 2, 2, later, card1, card2, twin),
		newLink("a bundle with a pass that is not ready", 2, 2, later, card1, id(loyalty, "fresh-1")),
		newLink("not ready", 2, 2, later, id(loyalty, "fresh-1")),
		newLink("to nothing", 2, 2, later, id(loyalty, "nobody")),
	}
	for pass := range held {
		links = append(links, newLink("to "+pass.String(), 2, 2, later, pass), newLink("made with the old key, to "+pass.String(), 1, 1, later, pass))
	}
	slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.name, b.name) })
	for _, l := range []link{
		newLink("expired now", 2, 2, noon, card1), newLink("expired", 2, 2, noon.Add(-time.Second), card1, card2), newLink("expired long ago", 1, 1, time.Unix(0, 0), card1),
		newLink("of the key that was taken away", 3, 3, later, card1), newLink("of a version that is not its key's", 1, 2, later, card1),
		newLink("to a bad serial number", 2, 2, later, id(loyalty, "..")), newLink("to no pass", 2, 2, later, wallet.PassID{}),
	} {
		l.passes = nil
		links = append(links, l)
	}
	return links
}

// follow makes the request of an install link: as it is, mutated, cut from two, or made of what its maker never signed.
func follow(s *shop, r *rand.Rand) (q *http.Request, text string) {
	text = s.links[r.IntN(len(s.links))].token
	switch r.IntN(8) {
	case 0, 1, 2:
	case 3:
		text = roles[r.IntN(len(roles))].credential(s, r, things[r.IntN(len(things))])
	case 4:
		other := s.links[r.IntN(len(s.links))].token
		text = text[:r.IntN(len(text))] + other[r.IntN(len(other)):]
	default:
		text = mutations[r.IntN(len(mutations))](r, text)
	}
	if r.IntN(4) == 0 {
		text = forged(r, text)
	}
	if text == "" {
		text = "-"
	}
	suffix := []string{"", ".pkpass", ".pkpasses"}[r.IntN(3)]
	q = newRequest([]string{http.MethodGet, http.MethodGet, http.MethodHead}[r.IntN(3)], "/install/"+escapes[r.IntN(len(escapes))](text+suffix), "")
	q.Header.Set("User-Agent", []string{"iPhone", "iPad", "curl/8", ""}[r.IntN(4)])
	return q, text
}

// forged keeps the code of a link and changes what it says, or the other way round.
func forged(r *rand.Rand, text string) string {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 17 {
		return text
	}
	payload := string(raw[16:])
	switch r.IntN(6) {
	case 0:
		payload = strings.Replace(payload, "card-1", "card-2", 1)
	case 1:
		payload = strings.Replace(payload, "/1", "/9", 1)
	case 2:
		payload += "," + id(loyalty, "card-2").String()
	case 3:
		payload = []string{"1", "2", "3", "0", "", "+2"}[r.IntN(6)] + payload[1:]
	case 4:
		return base64.RawURLEncoding.EncodeToString(append(make([]byte, 16), payload...))
	case 5:
		raw[r.IntN(16)] ^= 1 << r.IntN(8)
	}
	return base64.RawURLEncoding.EncodeToString(append(raw[:16:16], payload...))
}

// linked is what a link's text gives. The text is that of a link but for its suffix, which says what to answer with, and for
// ends of lines, which mails put in.
func linked(s *shop, text string) []wallet.PassID {
	text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	for strings.HasSuffix(text, ".pkpass") || strings.HasSuffix(text, ".pkpasses") {
		text = strings.TrimSuffix(strings.TrimSuffix(text, ".pkpasses"), ".pkpass")
	}
	for _, l := range s.links {
		if l.token == text {
			return l.passes
		}
	}
	return nil
}

const linkRefusal = "This link is not valid, or not any more. Ask for a new one."

// checkLink holds the answer of the install function to what the link gives.
func checkLink(s *shop, q *http.Request, text string, a *answer) (refused bool, problem string) {
	passes := linked(s, text)
	if passes == nil {
		switch {
		case a.status != http.StatusUnauthorized || a.body.String() != linkRefusal || len(a.header) != 3:
			return true, fmt.Sprintf("a link that gives nothing is answered %d, %v, %.100q", a.status, a.header, a.body.Bytes())
		case len(s.gate.calls) > 0:
			return true, fmt.Sprintf("a link that gives nothing costs %v", s.gate.calls)
		}
		return true, ""
	}
	for _, p := range passes {
		if s.held[p] == nil {
			if a.status != http.StatusServiceUnavailable {
				return false, fmt.Sprintf("a link to what is not ready is answered %d", a.status)
			}
			return false, ""
		}
	}
	if a.status != http.StatusOK {
		return false, fmt.Sprintf("a good link is answered %d", a.status)
	}
	for _, c := range s.gate.calls {
		if c.name == "CurrentPackage" && !slices.Contains(passes, c.pass) {
			return false, fmt.Sprintf("a link to %v reads %v", passes, c.pass)
		}
	}
	if q.Method == http.MethodHead || strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		return false, ""
	}
	if len(passes) == 1 {
		if !bytes.Equal(a.body.Bytes(), s.held[passes[0]]) {
			return false, "a good link gives another package than its own"
		}
		return false, ""
	}
	return false, checkBundle(s, passes, a.body.Bytes())
}

// checkBundle wants the packages of the passes and nothing else.
func checkBundle(s *shop, passes []wallet.PassID, data []byte) string {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(archive.File) != len(passes) {
		return fmt.Sprintf("a bundle cannot be read: %v", err)
	}
	for i, file := range archive.File {
		entry, err := file.Open()
		if err != nil {
			return err.Error()
		}
		content, err := io.ReadAll(entry)
		if err != nil || !bytes.Equal(content, s.held[passes[i]]) {
			return fmt.Sprintf("a bundle gives another package than its own: %v", err)
		}
	}
	return ""
}
