package wallet

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// The kinds of error that the whole system knows. Wrap them with what was being done; test for them with [errors.Is].
// Anything else is an internal error: a caller gets no detail, and an event is delivered again.
var (
	ErrInvalid      = errors.New("invalid")          // the request or message can never succeed as it is
	ErrUnauthorized = errors.New("unauthorized")     // unknown pass, foreign token or wrong token: indistinguishable
	ErrNotFound     = errors.New("not found")        // for issuers only; devices get ErrUnauthorized
	ErrConflict     = errors.New("conflict")         // somebody else wrote first; read again and repeat
	ErrPrecondition = errors.New("precondition")     // If-Match named another revision
	ErrExists       = errors.New("already exists")   // the object is there and is never rewritten
	ErrDone         = errors.New("already done")     // it happens once, and has happened
	ErrNotReady     = errors.New("not ready")        // what this needs is still being made; ask again soon
	ErrTooLarge     = errors.New("too large")        // a body or document over its limit
	ErrTooMany      = errors.New("too many")         // what there may be so many of is full
	ErrMediaType    = errors.New("unsupported type") // a PATCH of another media type
	ErrUnreadable   = errors.New("unreadable")       // a record of ours that somebody has spoilt; it may be mended
	ErrUnavailable  = errors.New("unavailable")      // a service that this needs does not answer, or has too much to do
)

// Severity tells a refusal from advice.
type Severity string

const (
	// SeverityError marks what a phone would refuse; nothing is signed.
	SeverityError Severity = "error"
	// SeverityWarning marks what would be shown otherwise than meant.
	SeverityWarning Severity = "warning"
)

// A Finding is one thing wrong with a document, a pass or a package.
type Finding struct {
	// Path is a JSON Pointer (RFC 6901) into the document sent, or "pass.json#/…" for what was found in the rendered
	// pass, or the name of a file in a package.
	Path string `json:"path"`
	// Rule is the identifier of the rule, for example "R5" or "MAN-3".
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Message says what is wrong and what to do.
	Message string `json:"message"`
}

// String returns "severity rule path: message".
func (f Finding) String() string {
	return fmt.Sprintf("%s %s %s: %s", f.Severity, f.Rule, f.Path, f.Message)
}

// Findings is everything found at once. As an error it is of kind [ErrInvalid].
type Findings []Finding

// Errorf adds an error.
func (fs *Findings) Errorf(path, rule, format string, args ...any) {
	*fs = append(*fs, Finding{path, rule, SeverityError, fmt.Sprintf(format, args...)})
}

// Warnf adds a warning.
func (fs *Findings) Warnf(path, rule, format string, args ...any) {
	*fs = append(*fs, Finding{path, rule, SeverityWarning, fmt.Sprintf(format, args...)})
}

// Err returns the findings as an error when at least one of them is an error, and nil otherwise.
func (fs Findings) Err() error {
	for _, f := range fs {
		if f.Severity == SeverityError {
			return fs
		}
	}
	return nil
}

// Error joins all findings, one a line.
func (fs Findings) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Broken returns the rules that errors among the findings name, each once. They can be logged; paths and messages may hold what
// a document says of a person.
func (fs Findings) Broken() []string {
	var rules []string
	for _, f := range fs {
		if f.Severity == SeverityError && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// ErrorAttr is an error as a line of the log may show it: of findings, the rules that are broken alone.
func ErrorAttr(err error) slog.Attr {
	text := err.Error()
	if findings, ok := errors.AsType[Findings](err); ok {
		text = strings.ReplaceAll(text, findings.Error(), strings.Join(findings.Broken(), ", "))
	}
	return slog.String("error", text)
}

// Unwrap makes Findings an [ErrInvalid].
func (fs Findings) Unwrap() error { return ErrInvalid }
