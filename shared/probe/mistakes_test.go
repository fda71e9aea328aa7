package probe

import (
	"errors"
	"net/url"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// wrongDocuments are refused, each for another reason, and each has a canary where the reason is. (The names of templates and
// of images have none: they are words of a program, not of a person, and may be logged, as serial numbers are.)
func wrongDocuments() []string {
	with := func(pairs ...any) string {
		return object(append([]any{"template", "card", "data", map[string]any{"text": dataCanary}}, pairs...)...)
	}
	field := func(members map[string]any) string {
		members["key"] = "k"
		return with("pass", map[string]any{"storeCard": map[string]any{"primaryFields": []any{members}}})
	}
	return []string{
		dataCanary, `"` + dataCanary + `"`, `{"` + dataCanary, `{"template":` + numberCanary + `}`,
		`{"data":{"text":` + strings.ReplaceAll(numberCanary, ".", "") + strings.Repeat("9", 30) + `}}`,
		with(dataCanary, 1), with("data", dataCanary), with("data", map[string]any{dataCanary: dataCanary}),
		with("data", map[string]any{"text": map[string]any{dataCanary: 1}}),
		with("data", map[string]any{"text": []string{dataCanary}}), with("expirationDate", dataCanary), with("voided", dataCanary), with("images", dataCanary),
		with("images", map[string]any{"strip": dataCanary}), with("images", map[string]any{"picture": "https://example.com/" + url.PathEscape(dataCanary)}),
		with("images", map[string]any{"strip": "https://user:" + importedCanary + "@example.com/" + url.PathEscape(dataCanary)}),
		with("images", map[string]any{"strip": "gs://" + dataCanary}),
		`{"template":"card","data":{"` + unquoted(plainJSON(dataCanary)) + `":1,"` + unquoted(plainJSON(dataCanary)) + `":2}}`,
		with("pass", map[string]any{"backgroundColor": dataCanary}), with("pass", map[string]any{dataCanary: dataCanary}),
		with("pass", map[string]any{"authenticationToken": importedCanary}),
		with("pass", map[string]any{"relevantDates": []any{map[string]any{"date": dataCanary}}}),
		with("pass", map[string]any{"barcodes": []any{map[string]any{"format": dataCanary, "message": dataCanary, "messageEncoding": dataCanary}}}),
		with("pass", map[string]any{"locations": []any{map[string]any{"latitude": dataCanary}}}),
		with("pass", map[string]any{"nfc": map[string]any{"message": dataCanary, "encryptionPublicKey": dataCanary}}),
		with("pass", map[string]any{"semantics": map[string]any{"departureAirportCode": dataCanary, "totalPrice": map[string]any{"amount": dataCanary, "currencyCode": dataCanary}}}),
		field(map[string]any{"value": dataCanary, "dateStyle": "PKDateStyleShort"}), field(map[string]any{"value": dataCanary, "numberStyle": "PKNumberStyleDecimal"}),
		field(map[string]any{"value": 1, "currencyCode": dataCanary}), field(map[string]any{"value": 1, "textAlignment": dataCanary}),
		field(map[string]any{"value": 1, "changeMessage": dataCanary}),
		field(map[string]any{"value": 1, "attributedValue": "<b>" + dataCanary + "</b>"}), field(map[string]any{"value": "{{" + dataCanary + "}}"}),
		field(map[string]any{"value": "{{" + importedCanary + "}}"}),
		with("pass", map[string]any{"storeCard": map[string]any{"primaryFields": []any{map[string]any{"key": dataCanary, "value": 1}, map[string]any{"key": dataCanary, "value": 2}}}}),
		with("data", map[string]any{"text": strings.Repeat(dataCanary, 4000)}), with("pass", map[string]any{"webServiceURL": "https://" + importedCanary}),
	}
}

// An issuer is told what is wrong with what they sent, in its own words; that may be anything they sent. The log is not.
func (c *cage) wronglyIssued() {
	sent := append([]string{theImported}, theIssuer...)
	for _, body := range wrongDocuments() {
		c.send(c.issuer, "PUT", issuerPath(cardPass), body, sent)
		c.send(c.issuer, "PATCH", issuerPath(cardPass), body, sent, "Content-Type", "application/merge-patch+json")
	}
	c.send(c.issuer, "PATCH", issuerPath(cardPass), saying("card"), nobody, "Content-Type", dataCanary)
	c.send(c.issuer, "PUT", issuerPath(cardPass), saying("card"), theIssuer, "If-Match", dataCanary)
	c.send(c.issuer, "GET", issuerPath(cardPass), "", sent)
}

// wronglySent publishes the same as messages, and writes it past the API, as business apps do.
func (c *cage) wronglySent() {
	for _, body := range wrongDocuments() {
		message := body
		if rest, ok := strings.CutPrefix(body, "{"); ok {
			message = `{"passTypeIdentifier":"` + loyalty + `","serialNumber":"secret-1",` + rest
		}
		for _, text := range []string{message, body} {
			c.bus.waiting = append(c.bus.waiting, newMessage(wallet.TopicPassUpdates, text))
		}
		c.deliver()
		c.overwrite(body)
		c.deliver()
	}
	for topic := range c.subscribers {
		for _, text := range []string{
			dataCanary, "{" + deviceCanary, object("serialNumber", map[string]string{dataCanary: deviceCanary}),
			object("passTypeIdentifier", loyalty, "serialNumber", "secret-1", "deviceLibraryIdentifier", deviceCanary+"/x"),
			object("deviceLibraryIdentifier", []string{deviceCanary}), `{"version":"` + deviceCanary + `"}`,
		} {
			c.bus.waiting = append(c.bus.waiting, newMessage(topic, text))
		}
	}
	c.deliver()
	c.overwrite(saying("card"))
	c.send(c.issuer, "GET", issuerPath(cardPass), "", append([]string{theImported}, theIssuer...))
}

func newMessage(topic, text string) message { return message{topic, []byte(text)} }

// overwrite puts fields into the store as they are.
func (c *cage) overwrite(body string) {
	fields, _, err := wallet.DecodeObject([]byte(body))
	if err != nil {
		return // no store holds what is no object
	}
	doc, err := c.store.Document(c.t.Context(), cardPass)
	if err == nil {
		doc.Fields = fields
		_, err = c.store.SaveDocument(c.t.Context(), doc)
	}
	if err != nil && !errors.Is(err, wallet.ErrInvalid) {
		c.t.Fatal(err)
	}
}
