// Package passjson holds the rules of pass.json, as data and as checks, so that a pass which a phone would refuse is
// refused before it is signed.
//
// [Validate] walks a decoded pass.json beside pass-keys.json, the table of every key that Apple reads, and then applies
// the rules that join several keys. [ValidateImages] does the same for the images beside it. Both return everything they
// find at once. A new year of Apple's keys is a change of pass-keys.json and of nothing else.
//
// # Rules
//
// R1 to R15 are the conditional rules at the end of pass-keys.json; other numbered rules (REJ-4, P-19, LOC-6, …) are the
// specification's. Checks that come straight from the table and have no number there are named here:
//
//   - KEY-UNKNOWN: no key of this name is known; it passes through. A warning.
//   - KEY-STYLE: the key has no effect in the pass's style. A warning.
//   - KEY-DEPRECATED: a newer key replaces it and is not there. A warning.
//   - KEY-ENUM: not one of the values that Apple lists.
//   - KEY-FORMAT: text of the wrong form: a colour, an address, a UUID, a time zone, a currency.
//   - KEY-RANGE: a number outside its limits.
//   - KEY-REQUIRES: the key needs another one beside it.
//   - FIELD-LIMIT: more fields than the style draws. A warning.
//   - BARCODE-ENCODING: the barcode's message cannot be written in its messageEncoding.
//   - BARCODE-LEGACY: a format that the old barcode key does not know. A warning.
//   - IMAGE-SCALE, IMAGE-SIZE, IMAGE-UNUSED: an image that is drawn blurred, distorted or not at all. Warnings.
//
// A value of the wrong kind is an error wherever it stands: at best a phone drops it, at worst it drops the pass.
//
// https://developer.apple.com/documentation/walletpasses/pass
package passjson
