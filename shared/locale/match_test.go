package locale_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"walletpasses.example/server/shared/locale"
)

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"":                                     "en",
		"*":                                    "en",
		"de":                                   "de",
		"de-DE,de;q=0.9,en;q=0.8":              "de",
		"en-US,en;q=0.9":                       "en",
		"en-GB":                                "en-GB",
		"fr;q=0.5, it;q=0.9":                   "it",
		"de;q=0, fr;q=0.1":                     "fr",
		"tlh, fr;q=0.2":                        "fr",
		"tlh":                                  "en",
		"no":                                   "nb",
		"nb-NO":                                "nb",
		"iw":                                   "he",
		"pt-BR":                                "pt",
		"pt-PT":                                "pt-PT",
		"es-AR":                                "es-419",
		"es-ES":                                "es",
		"zh-CN":                                "zh",
		"zh-TW":                                "zh-Hant",
		"zh-HK":                                "zh-Hant-HK",
		"ar-EG":                                "ar",
		"not a header":                         "en",
		"de-;;;=,":                             "en",
		"\x00\xff":                             "en",
		strings.Repeat("de,", 1000):            "en",
		strings.Repeat("x-", 300) + ",de":      "en",
		strings.Repeat("fr;q=0.1,", 50) + "de": "de",
	} {
		if got := locale.Match(header).Tag(); got != want {
			t.Errorf("%.60q gives %s, want %s", header, got, want)
		}
	}
}

// languages are the tags of all that is known.
var languages = strings.Fields(`ar bg ca cs da de de-AT de-CH el en en-AU en-CA en-GB en-IE en-IN en-NZ en-ZA es es-419 es-MX es-US et fi fr
	fr-CA fr-CH he hi hr hu id it it-CH ja ko lt lv ms nb nl nl-BE pl pt pt-PT ro ru sk sl sr sv th tr uk vi zh zh-Hant zh-Hant-HK`)

// TestEveryLanguage holds that each is found by its own name, and that nothing of a pattern is left in what it writes.
func TestEveryLanguage(t *testing.T) {
	styles := []string{"PKDateStyleNone", "PKDateStyleShort", "PKDateStyleMedium", "PKDateStyleLong", "PKDateStyleFull"}
	for _, tag := range languages {
		l := locale.Match(tag)
		if parsed, err := language.Parse(l.Tag()); l.Tag() != tag || err != nil || parsed.String() != tag {
			t.Errorf("%s gives %s (%v)", tag, l.Tag(), err)
		}
		if rightToLeft := tag == "ar" || tag == "he"; (l.Direction() == "rtl") != rightToLeft {
			t.Errorf("%s runs %s", tag, l.Direction())
		}
		var texts []string
		for month := range time.Month(12) {
			day := time.Date(2027, month+1, 11+int(month), 3*int(month)%24, 4, 5, 0, time.UTC)
			for _, date := range styles {
				for _, clock := range styles {
					texts = append(texts, l.Date(day, date, clock))
				}
			}
		}
		if texts[0] != "" {
			t.Errorf("%s writes %q without a style", tag, texts[0])
		}
		for _, code := range []string{"EUR", "USD", "CHF", "JPY", "ZZZ"} {
			texts = append(texts, l.Currency(1042.5, code), l.Currency(-1042.5, code))
		}
		texts = append(texts, l.Number(0.25, "PKNumberStylePercent"))
		for _, text := range texts {
			if strings.ContainsAny(text, "{}¤") || strings.Contains(text, "EEEE") || strings.TrimSpace(text) != text {
				t.Errorf("%s writes %q", tag, text)
			}
		}
	}
}

func TestZeroLocaleIsEnglish(t *testing.T) {
	var l locale.Locale
	if l.Tag() != "en" || l.Direction() != "ltr" || l.Number(1250, "PKNumberStyleDecimal") != "1,250" {
		t.Errorf("the zero value is %s", l.Tag())
	}
}

func FuzzMatch(f *testing.F) {
	for _, header := range []string{"", "de-DE,de;q=0.9", "zh-Hant-HK", "*;q=0", "x-y-z", "i-klingon", "a;q=1e9"} {
		f.Add(header, 1250.5, "EUR")
	}
	f.Fuzz(func(t *testing.T, header string, v float64, code string) {
		l := locale.Match(header)
		if _, err := language.Parse(l.Tag()); err != nil {
			t.Errorf("%q gives %q: %v", header, l.Tag(), err)
		}
		for _, style := range []string{"", "PKNumberStyleDecimal", "PKNumberStylePercent", "PKNumberStyleScientific"} {
			if l.Number(v, style) == "" {
				t.Errorf("%v is nothing", v)
			}
		}
		if text := l.Currency(v, code); !strings.Contains(text, code) && len(code) != 3 {
			t.Errorf("%v %q is %q", v, code, text)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		locale.Match("de-DE,de;q=0.9,en;q=0.8")
	}
}
