package probe

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// notations4 are ways to write an IPv4 address where a URL has its host, and what follows from it.
var notations4 = []func(b [4]byte) string{
	func(b [4]byte) string { return dotted(b, "%d", ".") },
	func(b [4]byte) string { return dotted(b, "%d", ".") + "." },
	func(b [4]byte) string { return dotted(b, "%d", ".") + ":443" },
	func(b [4]byte) string { return dotted(b, "%d", ".") + ":80" },
	func(b [4]byte) string { return dotted(b, "%03d", ".") },
	func(b [4]byte) string { return dotted(b, "0%o", ".") },
	func(b [4]byte) string { return dotted(b, "0x%x", ".") },
	func(b [4]byte) string { return dotted(b, "0X%08X", ".") },
	func(b [4]byte) string { return fmt.Sprintf("0x%x.0%o.%d.%d", b[0], b[1], b[2], b[3]) },
	func(b [4]byte) string { return fmt.Sprintf("%d", whole(b)) },
	func(b [4]byte) string { return fmt.Sprintf("0x%x", whole(b)) },
	func(b [4]byte) string { return fmt.Sprintf("0%o", whole(b)) },
	func(b [4]byte) string { return fmt.Sprintf("%d", uint64(whole(b))+1<<32) },
	func(b [4]byte) string { return fmt.Sprintf("%d.%d", b[0], whole(b)&0xffffff) },
	func(b [4]byte) string { return fmt.Sprintf("%d.%d.%d", b[0], b[1], whole(b)&0xffff) },
	func(b [4]byte) string { return dotted(b, "%d", "%2e") },
	func(b [4]byte) string { return dotted(b, "%d", "\u3002") },
	func(b [4]byte) string { return dotted(b, "%d", "\uff0e") },
	func(b [4]byte) string { return dotted(b, "%d", "\uff61") },
	func(b [4]byte) string { return digits(dotted(b, "%d", "."), 0xff10) },  // full-width
	func(b [4]byte) string { return digits(dotted(b, "%d", "."), 0x1d7ce) }, // mathematical, bold
	func(b [4]byte) string { return digits(dotted(b, "%d", "."), 0x0660) },  // Arabic
	func(b [4]byte) string { return percent(dotted(b, "%d", ".")) },
	func(b [4]byte) string { return "[" + dotted(b, "%d", ".") + "]" },
	func(b [4]byte) string { return "[::ffff:" + dotted(b, "%d", ".") + "]" },
	func(b [4]byte) string { return "[::FFFF:" + words(b) + "]" },
	func(b [4]byte) string { return "[0:0:0:0:0:ffff:" + words(b) + "]:443" },
	func(b [4]byte) string { return "[::" + dotted(b, "%d", ".") + "]" },
	func(b [4]byte) string { return "[::ffff:0:" + words(b) + "]" },
	func(b [4]byte) string { return "[64:ff9b::" + dotted(b, "%d", ".") + "]" },
	func(b [4]byte) string { return "[64:ff9b:1::" + words(b) + "]" },
	func(b [4]byte) string { return "[2002:" + words(b) + "::1]" },
	func(b [4]byte) string { return fmt.Sprintf("[2001:0:a00:1::%x:%x]", ^word(b, 0), ^word(b, 2)) }, // Teredo's client
	func(b [4]byte) string { return "[::ffff:" + words(b) + "%25lo]" },
	func(b [4]byte) string { return "example.com@" + dotted(b, "%d", ".") },
	func(b [4]byte) string { return "example.com:x@" + dotted(b, "%d", ".") + ":443" },
	func(b [4]byte) string { return dotted(b, "%d", ".") + "#.example.com" },
	func(b [4]byte) string { return dotted(b, "%d", ".") + "?.example.com" },
	func(b [4]byte) string { return dotted(b, "%d", ".") + "\\.example.com" },
	func(b [4]byte) string { return dotted(b, "%d", ".") + "%00.example.com" },
	func(b [4]byte) string { return "example.com\\@" + dotted(b, "%d", ".") },
	func(b [4]byte) string { return "/" + dotted(b, "%d", ".") },
}

// notations6 are ways to write an IPv6 address.
var notations6 = []func(netip.Addr) string{
	func(a netip.Addr) string { return "[" + a.String() + "]" },
	func(a netip.Addr) string { return "[" + a.String() + "]:443" },
	func(a netip.Addr) string { return "[" + a.StringExpanded() + "]" },
	func(a netip.Addr) string { return "[" + strings.ToUpper(a.StringExpanded()) + "]" },
	func(a netip.Addr) string { return "[" + a.String() + "%25eth0]" },
	func(a netip.Addr) string { return "[" + percent(a.String()) + "]" },
	func(a netip.Addr) string { return a.String() },
	func(a netip.Addr) string { return "example.com@[" + a.String() + "]" },
	func(a netip.Addr) string { return "[" + a.String() + "].example.com" },
}

// notations writes an address in every way.
func notations(a netip.Addr) []string {
	var hosts []string
	if a.Is4() {
		for _, write := range notations4 {
			hosts = append(hosts, write(a.As4()))
		}
		return hosts
	}
	for _, write := range notations6 {
		hosts = append(hosts, write(a))
	}
	return hosts
}

func whole(b [4]byte) uint32 { return binary.BigEndian.Uint32(b[:]) }

func word(b [4]byte, i int) uint16 { return binary.BigEndian.Uint16(b[i:]) }

func words(b [4]byte) string { return fmt.Sprintf("%x:%x", word(b, 0), word(b, 2)) }

func dotted(b [4]byte, format, dot string) string {
	parts := make([]string, len(b))
	for i, part := range b {
		parts[i] = fmt.Sprintf(format, part)
	}
	return strings.Join(parts, dot)
}

// digits replaces digits by those of another alphabet.
func digits(text string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, text)
}

func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02x", text[i])
	}
	return b.String()
}
