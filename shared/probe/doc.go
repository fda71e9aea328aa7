// Package probe plays the stranger at the door. It has no code of its own to deploy: everything is in its tests, which send the
// handlers as they are deployed what nobody should gain anything by.
//
// # What is probed
//
// Authorization: every role (a stranger, the holder of this pass, of another, of the same serial number under another pass type,
// of a key that was taken away, of an install link, of a device identifier, …) asks every endpoint for every pass (there,
// absent, voided, deleted, imported, …) with credentials spelled, cut, joined and encoded in every way. What is right is
// decided by an oracle that derives the tokens itself. A refusal has to be the one refusal, byte for byte, and costs no read; a
// token that is not of our own form may cost one, of that pass's package record.
//
// Refusals: over a real connection, every reason to refuse gives the same bytes. Tokens are compared in constant time.
//
// Addresses: pictures at every special address, in every notation, and under names that lead there. The dialer makes no
// connection.
//
// Canaries: secrets, identifiers and personal data that occur nowhere else are planted, and every call that a handler makes of
// the world outside fails in every way. Then they are looked for in every log line, error, message, push and answer.
//
// # Running it
//
//	go test ./shared/probe                                                          # a few seconds of it
//	go test ./shared/probe -run TestAuthorization -probes 10000000 -timeout 1h -v   # seed 1, probes 0 to 9,999,999
//	go test ./shared/probe -run TestAuthorization -seed 1 -first 4711 -probes 1 -v  # one probe again
//
// A probe that gains something prints its seed and number, which make the same probe again.
package probe
