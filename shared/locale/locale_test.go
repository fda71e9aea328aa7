package locale_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/locale"
)

// The texts of this test are those of CLDR 48, which ICU 78 writes too, but for the parts of a Chinese day and the era of a long
// Thai date. A no-break space is shown as ~, a narrow one as ^.
var visible = strings.NewReplacer("\u00a0", "~", "\u202f", "^")

var evening = time.Date(2027, 6, 18, 20, 5, 9, 0, time.FixedZone("", 2*60*60))

func TestDates(t *testing.T) {
	for _, tt := range []struct{ language, short, medium, long, full, clock, both string }{
		{"en", "6/18/27", "Jun 18, 2027", "June 18, 2027", "Friday, June 18, 2027", "8:05^PM", "June 18, 2027 at 8:05^PM"},
		{"en-GB", "18/06/2027", "18 Jun 2027", "18 June 2027", "Friday, 18 June 2027", "20:05", "18 June 2027 at 20:05"},
		{"en-AU", "18/6/27", "18 June 2027", "18 June 2027", "Friday, 18 June 2027", "8:05^pm", "18 June 2027 at 8:05^pm"},
		{"de", "18.06.27", "18.06.2027", "18. Juni 2027", "Freitag, 18. Juni 2027", "20:05", "18. Juni 2027 um 20:05"},
		{"fr", "18/06/2027", "18 juin 2027", "18 juin 2027", "vendredi 18 juin 2027", "20:05", "18 juin 2027 à 20:05"},
		{"es", "18/6/27", "18 jun 2027", "18 de junio de 2027", "viernes, 18 de junio de 2027", "20:05", "18 de junio de 2027 a las 20:05"},
		{"ca", "18/6/27", "18 de juny 2027", "18 de juny del 2027", "divendres, 18 de juny del 2027", "20:05", "18 de juny del 2027, a les 20:05"},
		{"fi", "18.6.2027", "18.6.2027", "18. kesäkuuta 2027", "perjantai 18. kesäkuuta 2027", "20.05", "18. kesäkuuta 2027 klo 20.05"},
		{"da", "18.06.2027", "18. jun. 2027", "18. juni 2027", "fredag den 18. juni 2027", "20.05", "18. juni 2027 kl. 20.05"},
		{"ja", "2027/06/18", "2027/06/18", "2027年6月18日", "2027年6月18日金曜日", "20:05", "2027年6月18日 20:05"},
		{"ko", "27. 6. 18.", "2027. 6. 18.", "2027년 6월 18일", "2027년 6월 18일 금요일", "오후 8:05", "2027년 6월 18일 오후 8:05"},
		{"zh-Hant", "2027/6/18", "2027年6月18日", "2027年6月18日", "2027年6月18日 星期五", "下午8:05", "2027年6月18日 下午8:05"},
		{"ar", "18\u200f/6\u200f/2027", "18\u200f/06\u200f/2027", "18 يونيو 2027", "الجمعة، 18 يونيو 2027", "8:05 م", "18 يونيو 2027 في 8:05 م"},
		{"th", "18/6/70", "18 มิ.ย. 2570", "18 มิถุนายน พ.ศ. 2570", "วันศุกร์ที่ 18 มิถุนายน พ.ศ. 2570", "20:05", "18 มิถุนายน พ.ศ. 2570 เวลา 20:05"},
	} {
		l := locale.Match(tt.language)
		for _, check := range []struct{ date, clock, want string }{
			{"PKDateStyleShort", "PKDateStyleNone", tt.short}, {"PKDateStyleMedium", "PKDateStyleNone", tt.medium},
			{"PKDateStyleLong", "PKDateStyleNone", tt.long}, {"PKDateStyleFull", "PKDateStyleNone", tt.full},
			{"PKDateStyleNone", "PKDateStyleShort", tt.clock}, {"PKDateStyleLong", "PKDateStyleShort", tt.both},
		} {
			if got := visible.Replace(l.Date(evening, check.date, check.clock)); got != check.want {
				t.Errorf("%s, %s and %s: %q, want %q", tt.language, check.date, check.clock, got, check.want)
			}
		}
	}
}

func TestDateParts(t *testing.T) {
	at := func(hour, minute, offset int) time.Time {
		return time.Date(1999, 1, 3, hour, minute, 7, 0, time.FixedZone("", offset*60))
	}
	for _, tt := range []struct {
		language, date, clock string
		t                     time.Time
		want                  string
	}{
		{"en", "", "PKDateStyleShort", at(0, 5, 0), "12:05^AM"},
		{"en", "", "PKDateStyleShort", at(11, 59, 0), "11:59^AM"},
		{"en", "", "PKDateStyleShort", at(12, 0, 0), "12:00^PM"},
		{"en", "", "PKDateStyleShort", at(13, 0, 0), "1:00^PM"},
		{"de", "", "PKDateStyleShort", at(0, 5, 0), "00:05"},
		{"de", "", "PKDateStyleMedium", at(9, 5, 0), "09:05:07"},
		{"en", "", "PKDateStyleLong", at(9, 5, 0), "9:05:07^AM GMT"},
		{"en", "", "PKDateStyleLong", at(9, 5, 120), "9:05:07^AM GMT+2"},
		{"en", "", "PKDateStyleLong", at(9, 5, -570), "9:05:07^AM GMT-9:30"},
		{"en", "", "PKDateStyleFull", at(9, 5, 120), "9:05:07^AM GMT+02:00"},
		{"fr", "", "PKDateStyleLong", at(9, 5, -210), "09:05:07 UTC-3:30"},
		{"ko", "", "PKDateStyleLong", at(21, 5, 540), "오후 9시 5분 7초 GMT+9"},
		{"en", "PKDateStyleShort", "PKDateStyleShort", at(9, 5, 0), "1/3/99, 9:05^AM"},
		{"de", "PKDateStyleShort", "PKDateStyleNone", at(9, 5, 0), "03.01.99"},
		{"de", "PKDateStyleFull", "", at(9, 5, 0), "Sonntag, 3. Januar 1999"},
		{"en", "PKDateStyleNone", "PKDateStyleNone", at(9, 5, 0), ""},
		{"en", "PKDateStyleNone", "", at(9, 5, 0), ""},
		{"en", "medium", "PKDateStyleShort", at(9, 5, 0), "9:05^AM"},
		{"en", "PKDateStyleMedium", "", time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), "Jan 1, -5"},
		{"en", "PKDateStyleShort", "", time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC), "1/1/45"},
	} {
		if got := visible.Replace(locale.Match(tt.language).Date(tt.t, tt.date, tt.clock)); got != tt.want {
			t.Errorf("%s, %q and %q of %v: %q, want %q", tt.language, tt.date, tt.clock, tt.t, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	const decimal, percent, scientific = "PKNumberStyleDecimal", "PKNumberStylePercent", "PKNumberStyleScientific"
	for _, tt := range []struct {
		language string
		v        float64
		style    string
		want     string
	}{
		{"en", 1250, decimal, "1,250"},
		{"en", 999, decimal, "999"},
		{"en", 1234567.5, decimal, "1,234,567.5"},
		{"en", 0.123456, decimal, "0.123"},
		{"en", 100, decimal, "100"},
		{"en", -1250, decimal, "-1,250"},
		{"en", -0.0001, decimal, "0"},
		{"en", 1250, "PKNumberStyleSpellOut", "1,250"},
		{"en", 1250.125, "", "1250.125"},
		{"de", -1250.1234, "", "-1250,1234"},
		{"de", 1250, "unknown", "1250"},
		{"de", 1234567.5, decimal, "1.234.567,5"},
		{"de-CH", 1234567.5, decimal, "1'234'567.5"},
		{"fr", 1234567.5, decimal, "1^234^567,5"},
		{"es", 1250, decimal, "1250"},
		{"es", 12500, decimal, "12.500"},
		{"pl", 1250, decimal, "1250"},
		{"hi", 1234567.5, decimal, "12,34,567.5"},
		{"en-IN", 123456789, decimal, "12,34,56,789"},
		{"ja", 1250, decimal, "1,250"},
		{"ar", -1250, decimal, "\u200e-1,250"},
		{"sv", -1250, decimal, "−1~250"},
		{"en", 0.25, percent, "25%"},
		{"en", 12.5, percent, "1,250%"},
		{"de", -0.255, percent, "-26~%"},
		{"tr", 0.25, percent, "%25"},
		{"en", 1250, scientific, "1.25E3"},
		{"de", -0.00125, scientific, "-1,25E-3"},
		{"sv", 1250, scientific, "1,25×10^3"},
		{"en", 0, scientific, "0E0"},
		{"en", math.Inf(1), decimal, "∞"},
		{"en", math.Inf(-1), scientific, "-∞"},
		{"en", math.NaN(), decimal, "NaN"},
		{"en", math.NaN(), scientific, "NaN"},
	} {
		if got := visible.Replace(locale.Match(tt.language).Number(tt.v, tt.style)); got != tt.want {
			t.Errorf("%s, %v as %q: %q, want %q", tt.language, tt.v, tt.style, got, tt.want)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for _, tt := range []struct {
		language string
		amount   float64
		code     string
		want     string
	}{
		{"en", 42.5, "EUR", "€42.50"},
		{"en", 1042.5, "USD", "$1,042.50"},
		{"en", -3, "GBP", "-£3.00"},
		{"en", 1042, "JPY", "¥1,042"},
		{"en", 42.5, "KWD", "KWD~42.500"},
		{"en", 42.5, "CHF", "CHF~42.50"},
		{"en-GB", 42.5, "USD", "US$42.50"},
		{"en", -0.001, "EUR", "€0.00"},
		{"de", 1042.5, "EUR", "1.042,50~€"},
		{"de", -3, "CHF", "-3,00~CHF"},
		{"de-AT", 1042.5, "EUR", "€~1.042,50"},
		{"de-CH", -3, "CHF", "CHF-3.00"},
		{"fr", 1042.5, "USD", "1^042,50~$US"},
		{"fr-CH", 1042.5, "CHF", "1'042.50~CHF"},
		{"es", 1042.5, "EUR", "1042,50~€"},
		{"es-MX", 1042.5, "MXN", "$1,042.50"},
		{"nl", -3, "EUR", "€~-3,00"},
		{"pt", 1042.5, "BRL", "R$~1.042,50"},
		{"ja", 1042, "JPY", "￥1,042"},
		{"hi", 1234567.891, "INR", "₹12,34,567.89"},
		{"he", -3, "ILS", "\u200f\u200e-3.00~\u200f₪"},
		{"ar", 42.5, "AED", "\u200f42.50~د.إ.\u200f"},
		{"en", 3, "ZZZ", "ZZZ~3.00"},
		{"en", 3, "", "3.00"},
		{"en", 3, "<b>{0}", "<b>{0}~3.00"},
	} {
		if got := visible.Replace(locale.Match(tt.language).Currency(tt.amount, tt.code)); got != tt.want {
			t.Errorf("%s, %v %s: %q, want %q", tt.language, tt.amount, tt.code, got, tt.want)
		}
	}
}
