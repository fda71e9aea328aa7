package passjson_test

import (
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

func TestUnreadableText(t *testing.T) {
	for _, tt := range []ruleCase{
		{"pairs of surrogates", `{"description": "\ud83c\udfab", "userInfo": {"\ud83c\udfab": ["\ud83c\udfab"]}}`, nil},
		{"invalid UTF-8", "{\"description\": \"a\xff\"}", []string{"error TEXT-UNREADABLE /description"}},
		{"half of a character", "{\"description\": \"Zo\xc3\"}", []string{"error TEXT-UNREADABLE /description"}},
		{"a lone surrogate", `{"storeCard": {"backFields": [{"key": "k", "value": "\ud83c"}]}}`, []string{"error TEXT-UNREADABLE /storeCard/backFields/0/value"}},
		{"surrogates in the wrong order", `{"userInfo": [[], {"a": "\udfab\ud83c"}]}`, []string{"error REJ-4 /userInfo", "error TEXT-UNREADABLE /userInfo/1/a"}},
		{"in a name", `{"userInfo": {"\udfab": 1}}`, []string{"error TEXT-UNREADABLE /userInfo/\ufffd"}},
	} {
		tt.run(t)
	}
}

func TestUnreadableTextOfPersonalization(t *testing.T) {
	form := decode(t, `{"description": "Join \ud83c", "requiredPersonalizationFields": ["PKPassPersonalizationFieldName"]}`)
	pass := patched(t, `{"nfc": {"message": "1", "encryptionPublicKey": "`+nfcKey+`"}}`)
	got := summary(passjson.ValidatePersonalization(form, pass), passjson.PersonalizationRoot)
	if want := []string{"error TEXT-UNREADABLE /description"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// Very many lost texts behind a long name are as good as a few.
func TestUnreadableTextIsLimited(t *testing.T) {
	pass := decode(t, storeCard)
	pass[strings.Repeat("k", 100_000)] = slices.Repeat([]any{"\ufffd"}, 10_000)
	var findings wallet.Findings
	frugally(t, "a long name", func() { findings = passjson.Validate(pass, passjson.Options{}) })
	lost := slices.DeleteFunc(findings, func(f wallet.Finding) bool { return f.Rule != "TEXT-UNREADABLE" })
	if len(lost) != 20 {
		t.Errorf("%d findings", len(lost))
	}
}
