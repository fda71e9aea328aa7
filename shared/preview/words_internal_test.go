package preview

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"walletpasses.example/server/shared/locale"
)

// Every word is there in every language, and every word that the package asks for is there.
func TestWords(t *testing.T) {
	languages := []string{"en", "de", "fr", "es", "it", "nl", "pt", "pl", "ja", "zh", "zh-Hant"}
	for key, word := range words() {
		for _, language := range languages {
			if word[language] == "" {
				t.Errorf("%s is not said in %s", key, language)
			}
		}
		if len(word) != len(languages) {
			t.Errorf("%s is said in %d languages, not %d", key, len(word), len(languages))
		}
	}
	for tag, want := range map[string]string{"pt-BR": "pt", "en-GB": "en", "zh": "zh", "zh-Hant": "zh-Hant", "zh-Hant-HK": "zh-Hant", "sw": "en"} {
		d := drawing{locale: locale.Match(tag)}
		if got := d.word("expired"); got != words()["expired"][want] {
			t.Errorf("in %s: %q", tag, got)
		}
	}
	asked := make(map[string]bool)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:word\(|tag\{)"(\w+)"`).FindAllSubmatch(text, -1) {
			asked[string(m[1])] = true
			if words()[string(m[1])] == nil {
				t.Errorf("%s asks for %s", file, m[1])
			}
		}
	}
	for key := range words() {
		if !asked[key] {
			t.Errorf("nobody asks for %s", key)
		}
	}
}
