package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// lines tells where in a JSON text each member and element begins: its line, counted from 1, by JSON Pointer (RFC 6901). Of a
// text that is broken, it holds what comes before the fault.
type lines map[string]int

// longestPointer bounds the pointers that are kept, in bytes: of what lies deeper, the nearest thing around it is known.
const longestPointer = 1 << 10

// tooLong stands for a pointer that is not kept. No pointer is like it.
const tooLong = "…"

// readLines reads where things are in a text.
func readLines(text []byte) lines {
	r := lineReader{text: text, json: json.NewDecoder(bytes.NewReader(text)), line: 1, found: make(lines)}
	r.json.UseNumber()
	_ = r.value("", wallet.MaxDepth) // what is wrong with the text is for whoever decodes it to say
	return r.found
}

// of returns the line of a pointer, or of the nearest thing around it; 1 where there is neither.
func (l lines) of(pointer string) int {
	for {
		if line, ok := l[pointer]; ok {
			return line
		}
		if pointer == "" {
			return 1
		}
		pointer = pointer[:max(0, strings.LastIndexByte(pointer, '/'))]
	}
}

// A lineReader walks over the tokens of a text. No token has a line break in it.
type lineReader struct {
	text  []byte
	json  *json.Decoder
	at    int64 // up to which line breaks are counted
	line  int
	found lines
}

// advance counts the lines up to a place in the text.
func (r *lineReader) advance(to int64) {
	if to > r.at {
		r.line += bytes.Count(r.text[r.at:to], []byte("\n"))
		r.at = to
	}
}

func (r *lineReader) token() (json.Token, error) {
	token, err := r.json.Token()
	r.advance(r.json.InputOffset())
	return token, err
}

// value walks over one value. Where something is named twice, the later one counts, as it does in the document.
func (r *lineReader) value(pointer string, depth int) error {
	token, err := r.token()
	if err != nil {
		return err
	}
	if _, named := r.found[pointer]; !named && pointer != tooLong {
		r.found[pointer] = r.line
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == 0 {
		return errors.New("nested too deep")
	}
	for i := 0; r.json.More(); i++ {
		step := strconv.Itoa(i)
		if open == '{' {
			key, err := r.token()
			if err != nil {
				return err
			}
			step, _ = key.(string) // the decoder accepts nothing else here
		}
		member := tooLong
		if pointer != tooLong && len(pointer)+len(step) < longestPointer {
			member = wallet.PointerTo(pointer, step)
			delete(r.found, member)
			if open == '{' {
				r.found[member] = r.line
			}
		}
		if err := r.value(member, depth-1); err != nil {
			return err
		}
	}
	_, err = r.token()
	return err
}
