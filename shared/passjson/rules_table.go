package passjson

// The rules in this file are checks of the table's own words; what is here is their number.

// requires checks that the keys which k needs stand beside it, an empty list being none: R1 for the web service, R2 for the app.
func (c *checker) requires(at pointer, k *key, members map[string]any) {
	for _, other := range k.Requires {
		v, ok := members[other]
		if elements, isArray := v.([]any); ok && (!isArray || len(elements) > 0) {
			continue
		}
		rule := "KEY-REQUIRES"
		switch k.Name {
		case "webServiceURL", "authenticationToken":
			rule = "R1"
		case "appLaunchURL":
			rule = "R2"
		}
		c.findings.Errorf(at.String(), rule, "%s needs %s beside it; add that, or leave both out", k.Name, other)
	}
}

// tooManyItems is R11: locations and beacons at most 10, featuredActions at most 2.
func (c *checker) tooManyItems(at pointer, k *key, elements []any) {
	if k.MaxItems > 0 && len(elements) > k.MaxItems {
		c.findings.Errorf(at.String(), "R11", "%s has %d entries; keep at most %d", k.Name, len(elements), k.MaxItems)
	}
}

// tooManyBytes is R14: a phone cuts the message of nfc after 64 bytes of UTF-8.
func (c *checker) tooManyBytes(at pointer, k *key, text string) {
	if k.MaxBytes > 0 && len(text) > k.MaxBytes {
		c.findings.Errorf(at.String(), "R14", "%s has %d bytes; a phone cuts it after %d, so shorten it", k.Name, len(text), k.MaxBytes)
	}
}

// enumRule is R9 for the row of a field, which is 0 or 1.
func enumRule(k *key) string {
	if k.Name == "row" {
		return "R9"
	}
	return "KEY-ENUM"
}

// minLengthRule is REJ-17 for the authentication token.
func minLengthRule(k *key) string {
	if k.Name == "authenticationToken" {
		return "REJ-17"
	}
	return "KEY-RANGE"
}
