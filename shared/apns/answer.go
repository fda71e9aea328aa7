package apns

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Verdict is what an answer means for the token pushed to and for the pushes that follow.
type Verdict int

const (
	// Taken: APNs accepted the push. That is no promise of delivery; tokens of removed devices can be taken for days.
	Taken Verdict = iota + 1
	// Gone: the token has been inactive for the topic since [Answer.Timestamp]. Forget the device, if it has not
	// confirmed the token later than that. The only verdict that may delete anything.
	Gone
	// Refused: the token is not one for this topic. Do not push to it until the device confirms it by registering.
	Refused
	// Later: nothing is wrong with the token or with us; try again later.
	Later
	// Halt: the credential, the topic or the address is wrong. Stop pushing to the topic, raise an alarm, keep all tokens.
	Halt
	// Bug: APNs calls our request malformed. Log it, do not repeat it, keep the token.
	Bug
)

var verdictNames = [...]string{Taken: "taken", Gone: "gone", Refused: "refused", Later: "later", Halt: "halt", Bug: "bug"}

// String returns the name in lower case, for logs.
func (v Verdict) String() string {
	if v < Taken || v > Bug {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// An Answer is what became of one push. It never holds the push token, in Err neither.
// https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
type Answer struct {
	Status    int       // of HTTP; 0 when no answer came
	Reason    string    // Apple's word, for example "Unregistered"; empty for 200 and when the answer was not Apple's JSON
	ID        string    // apns-id: a lower-case UUID, the same for every attempt of a push; empty when none was sent
	Timestamp time.Time // since when the token of a 410 has been inactive, to the millisecond; otherwise zero
	Verdict   Verdict
	Err       error // why no answer came: connection, TLS, context, or no credential for the topic
}

// Said is the answer without our verdict: "200", "410 Unregistered", or "no answer".
func (a Answer) Said() string {
	if a.Err != nil {
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Reason))
}

// String says in a line what happened, for example "gone: 410 Unregistered".
func (a Answer) String() string {
	if a.Err != nil {
		return fmt.Sprintf("%v: %v", a.Verdict, a.Err)
	}
	return a.Verdict.String() + ": " + a.Said()
}

// readAnswer reads a status and its body. A body that is not Apple's JSON, such as the page of a proxy, leaves the
// status to decide; a timestamp that cannot be read stays zero and so deletes nothing.
func readAnswer(status int, body []byte) Answer {
	var said struct {
		Reason    string `json:"reason"`
		Timestamp int64  `json:"timestamp"` // milliseconds since the Unix epoch
	}
	if len(body) > 0 && json.Unmarshal(body, &said) != nil {
		said.Timestamp = 0
	}
	answer := Answer{Status: status, Reason: said.Reason, Verdict: verdictOf(status, said.Reason)}
	if answer.Verdict == Gone && said.Timestamp > 0 {
		answer.Timestamp = time.UnixMilli(said.Timestamp).UTC()
	}
	return answer
}
