package apns_test

import (
	"fmt"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
)

// TestReasons walks the whole table of section 4.5, and what it says of answers outside it.
func TestReasons(t *testing.T) {
	clock := func() time.Time { return slot } // too early to renew a provider token
	const page = "<html><body>503 backend unavailable</body></html>"
	tests := []struct {
		reply    apnstest.Reply
		verdict  apns.Verdict
		attempts int
	}{
		{apnstest.Reply{Status: 200}, apns.Taken, 1},

		{apnstest.Reply{Status: 400, Reason: "BadDeviceToken"}, apns.Refused, 1},
		{apnstest.Reply{Status: 400, Reason: "DeviceTokenNotForTopic"}, apns.Refused, 1},

		{apnstest.Reply{Status: 400, Reason: "BadTopic"}, apns.Halt, 1},
		{apnstest.Reply{Status: 400, Reason: "MissingTopic"}, apns.Halt, 1},
		{apnstest.Reply{Status: 400, Reason: "TopicDisallowed"}, apns.Halt, 1},

		{apnstest.Reply{Status: 400, Reason: "BadCollapseId"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "BadExpirationDate"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "BadMessageId"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "BadPriority"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "DuplicateHeaders"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "InvalidPushType"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "MissingDeviceToken"}, apns.Bug, 1},
		{apnstest.Reply{Status: 400, Reason: "PayloadEmpty"}, apns.Bug, 1},

		{apnstest.Reply{Status: 400, Reason: "IdleTimeout"}, apns.Later, 3},

		{apnstest.Reply{Status: 403, Reason: "BadCertificate"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "BadCertificateEnvironment"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "BadEnvironmentKeyIdInToken"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "Forbidden"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "InvalidProviderToken"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "MissingProviderToken"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "UnrelatedKeyIdInToken"}, apns.Halt, 1},
		{apnstest.Reply{Status: 403, Reason: "ExpiredProviderToken"}, apns.Halt, 1},

		{apnstest.Reply{Status: 404, Reason: "BadPath"}, apns.Bug, 1},
		{apnstest.Reply{Status: 405, Reason: "MethodNotAllowed"}, apns.Bug, 1},

		{apnstest.Reply{Status: 410, Reason: "ExpiredToken"}, apns.Gone, 1},
		{apnstest.Reply{Status: 410, Reason: "Unregistered"}, apns.Gone, 1},

		{apnstest.Reply{Status: 413, Reason: "PayloadTooLarge"}, apns.Bug, 1},

		{apnstest.Reply{Status: 429, Reason: "TooManyProviderTokenUpdates"}, apns.Later, 1},
		{apnstest.Reply{Status: 429, Reason: "TooManyRequests"}, apns.Later, 1},

		{apnstest.Reply{Status: 500, Reason: "InternalServerError"}, apns.Later, 3},
		{apnstest.Reply{Status: 503, Reason: "ServiceUnavailable"}, apns.Later, 3},
		{apnstest.Reply{Status: 503, Reason: "Shutdown"}, apns.Later, 3},

		// Outside the table: 5xx later, 403 is about the credential, any other is our fault; none of them deletes.
		{apnstest.Reply{Status: 599, Reason: "Unheard"}, apns.Later, 3},
		{apnstest.Reply{Status: 403, Reason: "Unheard"}, apns.Halt, 1},
		{apnstest.Reply{Status: 418, Reason: "Unheard"}, apns.Bug, 1},
		{apnstest.Reply{Status: 410, Reason: "Unheard"}, apns.Bug, 1},
		{apnstest.Reply{Status: 302, Reason: "Unheard"}, apns.Bug, 1},

		// A reason beside a status that is not its own proves nothing.
		{apnstest.Reply{Status: 410, Reason: "BadDeviceToken"}, apns.Bug, 1},
		{apnstest.Reply{Status: 500, Reason: "Unregistered"}, apns.Later, 3},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d %s", test.reply.Status, test.reply.Reason), func(t *testing.T) {
			server := startServer(t, apnstest.Options{Now: clock})
			server.AnswerAll(test.reply)
			answer := push(t, newTokenClient(t, server.URL(), apns.Options{Now: clock, Wait: new(pauses).wait}))
			if answer.Verdict != test.verdict || answer.Status != test.reply.Status || answer.Reason != test.reply.Reason {
				t.Errorf("answer %v (%d %q), want %v", answer, answer.Status, answer.Reason, test.verdict)
			}
			if pushes := server.Pushes(); len(pushes) != test.attempts {
				t.Errorf("%d attempts, want %d", len(pushes), test.attempts)
			}
			if gone := answer.Verdict == apns.Gone; gone == answer.Timestamp.IsZero() {
				t.Errorf("timestamp %v of a %d", answer.Timestamp, answer.Status)
			}
			oneID(t, server.Pushes(), answer.ID)
		})
	}
	for status, verdict := range map[int]apns.Verdict{503: apns.Later, 429: apns.Later, 410: apns.Bug, 403: apns.Halt} {
		t.Run(fmt.Sprintf("%d with a page that is not JSON", status), func(t *testing.T) {
			server := startServer(t, apnstest.Options{})
			server.AnswerAll(apnstest.Reply{Status: status, Body: page})
			answer := push(t, newTokenClient(t, server.URL(), apns.Options{Wait: new(pauses).wait}))
			if answer.Verdict != verdict || answer.Status != status || answer.Err != nil {
				t.Errorf("answer %v, status %d, want %v", answer, answer.Status, verdict)
			}
		})
	}
}

// TestUnreadableTimestamp: a 410 whose time cannot be read must not delete anything (4.6).
func TestUnreadableTimestamp(t *testing.T) {
	for _, body := range []string{
		`{"reason":"Unregistered"}`,
		`{"reason":"Unregistered","timestamp":"yesterday"}`,
		`{"reason":"Unregistered","timestamp":-5}`,
	} {
		server := startServer(t, apnstest.Options{})
		server.AnswerAll(apnstest.Reply{Status: 410, Body: body})
		answer := push(t, newTokenClient(t, server.URL(), apns.Options{}))
		if answer.Verdict != apns.Gone || !answer.Timestamp.IsZero() {
			t.Errorf("%s: answer %v at %v, want gone at the zero time", body, answer, answer.Timestamp)
		}
	}
}

func TestAnswerString(t *testing.T) {
	tests := map[string]apns.Answer{
		"taken: 200":             {Status: 200, Verdict: apns.Taken},
		"gone: 410 Unregistered": {Status: 410, Reason: "Unregistered", Verdict: apns.Gone},
		"Verdict(0): 0":          {},
	}
	for want, answer := range tests {
		if got := fmt.Sprint(answer); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
