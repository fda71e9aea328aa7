// Package passjson holds the rules of pass.json, as data and as checks, so that a pass which a phone would refuse is
// refused before it is signed.
//
// [Validate] walks a decoded pass.json beside pass-keys.json, the table of every key that Apple reads, and then applies
// the rules that join several keys. [ValidateImages] does the same for the images beside it, [ValidatePersonalization] for
// the sign-up form. Each returns everything that it finds at once. [WithFallbacks] completes barcodes for older systems. A
// new year of Apple's keys is a change of pass-keys.json and of nothing else.
//
// # Rules
//
// R1 to R15 are the conditional rules at the end of pass-keys.json; other numbered rules (REJ-4, P-19, LOC-6, STY-3,
// FLD-1, …) are the specification's. Checks that have no number there are named here. Errors:
//
//   - KEY-ENUM: not one of the values that Apple lists.
//   - KEY-FORMAT: text of the wrong form: a colour, an address, a UUID, a time zone, a currency, an amount, a digest.
//   - KEY-RANGE: a number outside its limits.
//   - KEY-REQUIRES: the key needs another one beside it.
//   - BARCODE-ENCODING: the barcode's message cannot be written in its messageEncoding. (A warning for an encoding that was
//     not looked at.)
//   - BARCODE-MESSAGE, BARCODE-CHECK-DIGIT, BARCODE-CAPACITY: the barcode's format cannot carry its message.
//   - UPCOMING-IDENTIFIER: two upcoming events have the same identifier.
//   - TEXT-UNREADABLE: a text, or a name, lost characters before it came here.
//   - FINDINGS-LIMIT: there is more wrong than is said.
//
// Warnings:
//
//   - KEY-UNKNOWN: no key of this name is known; it passes through.
//   - KEY-STYLE: the key or tag has no effect in the pass's style.
//   - KEY-DEPRECATED: a newer key replaces it and is not there.
//   - KEY-EMPTY: a required text says nothing.
//   - CURRENCY-UNKNOWN, TIME-ZONE-UNKNOWN: a code of the right form that is in no list.
//   - FIELD-LIMIT, TEXT-CUT: more fields, or more text, than the style has room for.
//   - BARCODE-LEGACY: a format that the old barcode key does not know.
//   - BARCODE-ORDER: a new format between two that every system draws, so that it is never shown.
//   - EVENT-GUIDE: too few addresses for the event guide.
//   - RELEVANCE, DATE-ORDER: dates that exclude or contradict each other.
//   - NFC-KEY: a key that no reader can agree with.
//   - TAG-WORD, TAG-IATA: a semantic tag that Wallet would draw twice, or not understand.
//   - PERSONALIZATION: a sign-up form that Wallet does not offer, or that asks oddly.
//   - IMAGE-SCALE, IMAGE-SIZE, IMAGE-UNUSED: an image that is drawn blurred, distorted or not at all.
//
// A value of the wrong kind is an error wherever it stands: at best a phone drops it, at worst it drops the pass. Where
// Wallet would fall back to a plainer layout, STY-3 and STY-4 say to which, and why.
//
// https://developer.apple.com/documentation/walletpasses/pass
package passjson
