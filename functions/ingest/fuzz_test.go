package ingest_test

import (
	"errors"
	"log/slog"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// Whatever is published about a pass that is there, a message either leaves a document that can be read, or is refused with a
// kind that acknowledges it. Anything else would be delivered until it expires.
func FuzzIngestMessage(f *testing.F) {
	f.Add(whole)
	for _, c := range refusals {
		if len(c.message) < 10_000 {
			f.Add(c.message)
		}
	}
	f.Add(`{` + name + `, "template": "points", "revision": -1, "data": {"points": 1e400}, "pass": {"userInfo": [[1]], "__a__": {"": null}}}`)
	f.Add(`{` + name + `, "data": {"points": "\ud800", "fullName": "{{points}}"}, "pass": null, "voided": true}`)
	var unchanged *fixture // a new one takes far longer than a refusal
	f.Fuzz(func(t *testing.T, message string) {
		if unchanged == nil {
			made := newFixture(t)
			check(t, made.handle(t.Context(), []byte(whole)))
			unchanged = &made
		}
		fixture := unchanged
		fixture.t = t
		before := fixture.document()
		err := fixture.handle(t.Context(), []byte(message))
		early := errors.Is(err, wallet.ErrNotReady) && !names(message, card) // of a pass that may yet be made
		if err != nil && !early && wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "IngestPass", err) != nil {
			t.Errorf("%q would be delivered again: %v", message, err)
		}
		if err == nil {
			unchanged = nil
		}
		after := fixture.document()
		if err != nil && after.Revision != before.Revision {
			t.Errorf("%q was refused with %v, and changed the document", message, err)
		}
		if _, findings := wallet.ParseDocument(after.Business()); findings.Err() != nil {
			t.Errorf("%q left a document with %v", message, findings)
		}
	})
}

// names reports a message about the pass.
func names(message string, id wallet.PassID) bool {
	fields, _, _ := wallet.DecodeObject([]byte(message)) // what cannot be read names nothing
	return fields["passTypeIdentifier"] == id.PassTypeIdentifier && fields["serialNumber"] == id.SerialNumber
}
