package passjson

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

var (
	datePattern     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$`)
	rgbPattern      = regexp.MustCompile(`^rgb\( *(\d{1,3}) *, *(\d{1,3}) *, *(\d{1,3}) *\)$`)
	hexPattern      = regexp.MustCompile(`^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)
	uuidPattern     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	timeZonePattern = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)
)

// dateFault accepts a complete W3C date-time (https://www.w3.org/TR/NOTE-datetime) with hours, minutes and a zone;
// seconds and a fraction are optional. A zone without colon, such as +0100, is not one.
func dateFault(text string) string {
	m := datePattern.FindStringSubmatch(text)
	if m == nil {
		return "is not a date of the form 2027-01-31T18:00:00+01:00"
	}
	if zone := m[3]; zone == "" {
		return "has no time zone; end it with Z or an offset such as +01:00"
	}
	if _, err := time.Parse(dateLayout(text), text); err != nil {
		return "is a day or a time that does not exist"
	}
	return ""
}

// dateLayout is the form of a date that fits datePattern: with seconds, which may have a fraction, or without.
func dateLayout(text string) string {
	if withMinutes := len("2006-01-02T15:04"); len(text) > withMinutes && text[withMinutes] == ':' {
		return "2006-01-02T15:04:05Z07:00"
	}
	return "2006-01-02T15:04Z07:00"
}

// colorFault accepts rgb(r, g, b) with 0 to 255, and #RGB or #RRGGBB, which Apple's own tool reads.
func colorFault(text string) string {
	if m := rgbPattern.FindStringSubmatch(text); m != nil {
		for _, part := range m[1:] {
			if n, _ := strconv.Atoi(part); n > 255 {
				return "has a part above 255; use 0 to 255"
			}
		}
		return ""
	}
	if hexPattern.MatchString(text) {
		return ""
	}
	return "is not a colour; write it as rgb(23, 187, 82)"
}

// urlFault accepts an absolute https address with a host.
func urlFault(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "is not an https:// address"
	}
	return ""
}

// uriFault accepts an absolute address of any scheme, for example tel: or an app's own.
func uriFault(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return "is not an address with a scheme, such as https: or tel:"
	}
	return ""
}

// emailFault accepts a bare address, without a display name (RFC 5322 addr-spec).
func emailFault(text string) string {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text {
		return "is not a bare e-mail address"
	}
	return ""
}

func uuidFault(text string) string {
	if !uuidPattern.MatchString(text) {
		return "is not a UUID such as 6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F"
	}
	return ""
}

// timeZoneFault looks at the form of an IANA name only; unknownCode has the names.
func timeZoneFault(text string) string {
	if !timeZonePattern.MatchString(text) {
		return "is not an IANA time zone such as Europe/Berlin"
	}
	return ""
}
