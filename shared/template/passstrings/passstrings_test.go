package passstrings_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"walletpasses.example/server/shared/template/passstrings"
)

// inUTF16 encodes text, with a byte order mark where asked for.
func inUTF16(text string, order binary.AppendByteOrder, mark bool) string {
	if mark {
		text = "\ufeff" + text
	}
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func TestLOC4_Encodings(t *testing.T) {
	const text = "/* Karte */\n\"Member\" = \"Prämie 🎟\";\n"
	for name, data := range map[string]string{
		"UTF-8":                             text,
		"UTF-8 with a mark":                 "\ufeff" + text,
		"UTF-16 little-endian with a mark":  inUTF16(text, binary.LittleEndian, true),
		"UTF-16 big-endian with a mark":     inUTF16(text, binary.BigEndian, true),
		"UTF-16 little-endian without mark": inUTF16(text, binary.LittleEndian, false),
		"UTF-16 big-endian without mark":    inUTF16(text, binary.BigEndian, false),
	} {
		t.Run(name, func(t *testing.T) {
			table, err := passstrings.Parse([]byte(data))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := table.Lookup("Member"); got != "Prämie 🎟" {
				t.Errorf("read %q", got)
			}
			if got := string(table.Encode()); got != text {
				t.Errorf("written as %q, want UTF-8 without a mark: %q", got, text)
			}
		})
	}
}

func TestLOC2_Escapes(t *testing.T) {
	for written, want := range map[string]string{
		`a \"b\" \\`: `a "b" \`, `a\nb\tc\rd`: "a\nb\tc\rd", "a\nb": "a\nb", `\'`: "'", `100 \%`: "100 %", `\/`: "/",
		`\U00e9`: "é", `\U2713\U0041`: "✓A", `\Ud83d\Ude00`: "😀", "a\\\nb": "a\nb", `%@ // no /* comment */`: "%@ // no /* comment */",
	} {
		table, err := passstrings.Parse([]byte(`"key" = "` + written + `";`))
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if got, ok := table.Lookup("key"); got != want || !ok {
			t.Errorf("%s is read as %q, want %q", written, got, want)
		}
	}
}

// Whatever ends a line ends a comment, and nothing behind it is overlooked.
func TestLOC2_LineEnds(t *testing.T) {
	for name, end := range map[string]string{
		"LF": "\n", "CR": "\r", "CRLF": "\r\n", "line separator": "\u2028", "paragraph separator": "\u2029",
	} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Join([]string{`// Karte`, `"Member" = "Mitglied"; // x`, ``, `"Points" = "Punkte";`}, end)
			table, err := passstrings.Parse([]byte(lines))
			if err != nil || !slices.Equal(table.Keys(), []string{"Member", "Points"}) {
				t.Errorf("keys %q, %v", table.Keys(), err)
			}
			const want = `line 5: expected "key" = "value"; and found Member`
			if _, err := passstrings.Parse([]byte(lines + end + "Member" + end + "x")); err == nil || err.Error() != want {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

func TestREJ16_WhatCannotBeRead(t *testing.T) {
	for _, tc := range []struct{ name, table, want string }{
		{"no semicolon", `"Member" = "x"`, "ends within an entry"},
		{"no value", `"Member" =`, "ends within an entry"},
		{"no quotes", "\n\nMember = \"x\";", "line 3"},
		{"no equals sign", `"Member" "x";`, `found "x"`},
		{"open quote", "\n\"Member\" = \"x;", "line 2"},
		{"open comment", `/* "Member" = "x";`, "no end"},
		{"open comment within an entry", `"Member" /* = "x";`, "no end"},
		{"key twice", "\"Member\" = \"x\";\n\"Member\" = \"y\";", `line 2: the key "Member" appears twice`},
		{"key twice, written otherwise", `"a" = "x"; "\U0061" = "y";`, "twice"},
		{"smart quotes", `“Member” = “x”;`, "line 1"},
		{"ends with a backslash", `"Member" = "x\`, "backslash"},
		{"octal escape", `"Member" = "\351";`, `\3`},
		{"lower-case u", `"Member" = "\u00e9";`, `\u`},
		{"short escape", `"Member" = "\Ue9";`, "four"},
		{"half of a pair", `"Member" = "\Ud83d";`, "half"},
		{"another half", `"Member" = "\Ud83d\U0041";`, "half"},
		{"latin-1", "\"Member\" = \"Pr\xe4mie\";", "neither UTF-8 nor UTF-16"},
		{"UTF-16 cut off", inUTF16(`"a" = "x";`, binary.LittleEndian, true) + "x", "cut off"},
		{"UTF-16 cut off in a pair", inUTF16(`"a`, binary.LittleEndian, true) + "\x3d\xd8", "cut off"},
		{"UTF-16 with half of a pair", inUTF16(`"a`, binary.BigEndian, false) + "\xd8\x3d\x00x", "half"},
		{"zero byte behind a byte order mark", "\ufeff\"\x00\" = \"\";", "line 1"},
		{"binary plist", "bplist00\xd1\x01\x02", "neither UTF-8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := passstrings.Parse([]byte(tc.table))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestEncodeWith(t *testing.T) {
	table, err := passstrings.Parse([]byte("\"Member\" = \"Mitglied\"; // the last line"))
	if err != nil {
		t.Fatal(err)
	}
	want := "\"Member\" = \"Mitglied\"; // the last line\n\"a\\\"\" = \"b\\\\\\nc\";\n\"z\" = \"\\U0001\";\n"
	if got := string(table.EncodeWith(map[string]string{"z": "\x01", `a"`: "b\\\nc"})); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := string(passstrings.Table{}.EncodeWith(map[string]string{"a": "b"})); got != "\"a\" = \"b\";\n" {
		t.Errorf("from nothing: %q", got)
	}
	if keys := table.Keys(); !slices.Equal(keys, []string{"Member"}) {
		t.Errorf("the table now has the keys %q", keys)
	}
}

func FuzzParse(f *testing.F) {
	const text = "/* a */ \"Member\" = \"Pr\\U00e4mie \\\"✓\\\"\"; // b\n"
	f.Add([]byte(text))
	f.Add([]byte(inUTF16(text, binary.LittleEndian, true)))
	f.Add([]byte(inUTF16(text, binary.BigEndian, false)))
	f.Add([]byte("\ufeff\"\\Ud83d\\Ude00\"=\"\";"))
	f.Add([]byte(`"a" = "b"; "a`))
	f.Add([]byte("\ufeff\"\x00\" = \"\";"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := passstrings.Parse(data)
		if err != nil {
			return
		}
		again, err := passstrings.Parse(table.Encode())
		if err != nil || !slices.Equal(again.Keys(), table.Keys()) {
			t.Fatalf("%q is written as %q (%v)", data, table.Encode(), err)
		}
		entries := make(map[string]string)
		for _, key := range table.Keys() {
			entries[key], _ = table.Lookup(key)
		}
		checkRoundTrip(t, entries)
	})
}

// FuzzRoundTrip writes any entry and reads it back.
func FuzzRoundTrip(f *testing.F) {
	f.Add("Member", "Mitglied")
	f.Add("a\"\\\n\x00", "\u2028 \\U0041 😀 \ufeff")
	f.Add("", "\xff")
	f.Add("\xce", "\x80") // halves of one letter
	f.Fuzz(func(t *testing.T, key, value string) {
		if utf8.ValidString(key) && utf8.ValidString(value) {
			checkRoundTrip(t, map[string]string{key: value})
		} else if _, err := passstrings.Parse(passstrings.Table{}.EncodeWith(map[string]string{key: value})); err != nil {
			t.Fatal(err)
		}
	})
}

func checkRoundTrip(t *testing.T, entries map[string]string) {
	t.Helper()
	written := passstrings.Table{}.EncodeWith(entries)
	table, err := passstrings.Parse(written)
	if err != nil {
		t.Fatalf("%q: %v", written, err)
	}
	read := make(map[string]string)
	for _, key := range table.Keys() {
		read[key], _ = table.Lookup(key)
	}
	if !maps.Equal(read, entries) || !bytes.Equal(table.Encode(), written) {
		t.Fatalf("%q is read back as %q", entries, read)
	}
}
