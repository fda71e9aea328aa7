package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// What may be told to whom.
var (
	theIssuer   = []string{theData, theLink}  // what they wrote, and a link to give away
	theHolder   = []string{theData, theToken} // what is in the package
	formHolder  = []string{theData, theForm}
	theImporter = []string{theData, theImported}
	theLinked   = []string{theData, theToken, theLink} // a page shows the link that was opened; the package is behind it
	nobody      []string
)

const listPath = "/v1/devices/" + deviceCanary + "/registrations/" + loyalty

func devicePath(pass wallet.PassID) string {
	return registration(deviceCanary, loyalty, pass.SerialNumber)
}

func passPath(pass wallet.PassID) string { return latest("", loyalty, pass.SerialNumber) }

func issuerPath(pass wallet.PassID) string { return "/issuer/v1/passes/" + pass.String() }

// authorization is the header of whoever holds a pass.
func (c *cage) authorization(pass wallet.PassID) string {
	if pass == importedPass {
		return "ApplePass " + importedCanary
	}
	token, err := c.keys.AuthenticationToken(1, pass)
	if err != nil {
		c.t.Fatal(err)
	}
	return "ApplePass " + token.Reveal()
}

// saying is what a business says of a pass, with a canary in it.
func saying(template string) string {
	return object("template", template, "data", map[string]any{"text": dataCanary})
}

// object writes a JSON object of names and values.
func object(pairs ...any) string {
	members := make(map[string]any)
	for i := 0; i+1 < len(pairs); i += 2 {
		members[pairs[i].(string)] = pairs[i+1]
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // all are made here
	}
	return string(text)
}

// live plays the lives of three passes through every function: what goes well, and what everybody gets wrong.
func (c *cage) live() {
	for _, part := range []func(){c.issued, c.installed, c.registered, c.asked, c.complained, c.signedUp, c.wronglyIssued, c.wronglySent, c.pushed, c.swept} {
		part()
		c.deliver()
		c.later(time.Minute)
	}
}

func (c *cage) issued() {
	record := wallet.CurrentPackage{ID: importedPass, AuthenticationToken: wallet.NewAuthenticationToken(importedCanary)}
	if _, err := c.store.SavePackage(c.t.Context(), record); err != nil {
		c.t.Fatal(err)
	}
	for pass, template := range map[wallet.PassID]string{cardPass: "card", formPass: "join", importedPass: "card"} {
		c.send(c.issuer, "PUT", issuerPath(pass), saying(template), issuerOf(pass))
		c.deliver()
		c.send(c.issuer, "GET", issuerPath(pass), "", issuerOf(pass))
	}
	c.send(c.issuer, "POST", "/issuer/v1/bundles", object("passes", []any{map[string]string{"passTypeIdentifier": loyalty, "serialNumber": "secret-1"}}), theIssuer)
	c.send(c.issuer, "POST", "/issuer/v1/bundles", object("passes", dataCanary), nobody)
}

// issuerOf is entitled to a link to the pass; only that to the card is a canary.
func issuerOf(pass wallet.PassID) []string {
	if pass == cardPass {
		return theIssuer
	}
	return []string{theData}
}

func (c *cage) installed() {
	link, err := c.links.InstallURL(cardPass)
	if err != nil {
		c.t.Fatal(err)
	}
	path := strings.TrimPrefix(link, address)
	for _, agent := range []string{"iPhone", "a browser"} {
		c.send(c.install, "GET", path, "", theLinked, "User-Agent", agent)
		c.send(c.install, "HEAD", path, "", theLinked, "User-Agent", agent)
		for _, wrong := range []string{path[:len(path)-3], path + "AAAA", path + "%00", path[:20] + "A" + path[21:]} {
			c.send(c.install, "GET", wrong, "", nobody, "User-Agent", agent)
		}
	}
	c.send(c.install, "GET", path+".pkpass", "", theLinked)
	c.send(c.install, "POST", path, "", nobody)
	c.send(c.install, "GET", path+"/"+dataCanary[:10], "", nobody)
}

func (c *cage) registered() {
	good := object("pushToken", pushTokenCanary)
	bodies := []string{
		"", "{", `"` + pushTokenCanary + `"`, pushTokenCanary, object("pushToken", map[string]int{pushTokenCanary: 1}), object("pushToken", []string{pushTokenCanary}),
		object("pushtokens", pushTokenCanary), `{"pushToken":"` + pushTokenCanary, good + pushTokenCanary, `{"pushToken":` + numberCanary + `}`,
		`{"pushToken":"` + strings.Repeat(pushTokenCanary, 200) + `"}`,
	}
	for _, pass := range []wallet.PassID{cardPass, importedPass} {
		path, right := devicePath(pass), c.authorization(pass)
		for _, body := range bodies {
			c.send(c.web, "POST", path, body, nobody, "Authorization", right)
		}
		for _, wrong := range []string{"", right + "A", strings.ToLower(right), "Bearer " + right, "ApplePass " + pushTokenCanary, c.authorization(formPass)} {
			for _, method := range []string{"POST", "DELETE", "GET", "PUT"} {
				c.send(c.web, method, path, good, nobody, "Authorization", wrong)
			}
		}
		c.send(c.web, "POST", path+"%00", good, nobody, "Authorization", right)
		c.send(c.web, "POST", registration(deviceCanary+"%2F", loyalty, pass.SerialNumber), good, nobody, "Authorization", right)
		c.send(c.web, "POST", registration("__"+deviceCanary+"__", loyalty, pass.SerialNumber), good, nobody, "Authorization", right)
		c.send(c.web, "POST", path, good, nobody, "Authorization", right)
		c.deliver()
		c.send(c.web, "POST", path, object("pushToken", secondPushCanary), nobody, "Authorization", right)
		c.deliver()
	}
	c.send(c.issuer, "GET", issuerPath(cardPass), "", theIssuer)
}

func (c *cage) asked() {
	for _, tag := range []string{"", "?passesUpdatedSince=" + deviceCanary, "?passesUpdatedSince=" + url.QueryEscape(dataCanary), "?passesUpdatedSince=zzzzzzzz.1"} {
		c.send(c.web, "GET", listPath+tag, "", nobody)
		c.send(c.web, "GET", "/v1/devices/"+deviceCanary+"%00/registrations/"+loyalty+tag, "", nobody)
	}
	list := c.send(c.web, "GET", listPath, "", nobody)
	var answer struct{ LastUpdated string }
	if json.Unmarshal(list.Body.Bytes(), &answer) == nil {
		c.send(c.web, "GET", listPath+"?passesUpdatedSince="+answer.LastUpdated, "", nobody)
	}
	for pass, entitled := range map[wallet.PassID][]string{cardPass: theHolder, formPass: formHolder, importedPass: theImporter} {
		right := c.authorization(pass)
		c.send(c.web, "GET", passPath(pass), "", entitled, "Authorization", right)
		c.send(c.web, "HEAD", passPath(pass), "", entitled, "Authorization", right)
		c.send(c.web, "GET", passPath(pass), "", nobody, "Authorization", right, "If-Modified-Since", "Sun, 22 Nov 2099 12:00:00 GMT")
		for _, wrong := range []string{"", right + "A", "ApplePass " + deviceCanary, "ApplePass " + string(tokenKeyCanary)} {
			c.send(c.web, "GET", passPath(pass), "", nobody, "Authorization", wrong)
			c.send(c.web, "GET", passPath(pass)+"?token="+url.QueryEscape(right), "", nobody)
		}
	}
}

// complained posts what devices log: the sentences of real ones, with what they name in them.
func (c *cage) complained() {
	token := strings.TrimPrefix(c.authorization(cardPass), "ApplePass ")
	var logs []string
	for _, secret := range []string{token, importedCanary, pushTokenCanary, deviceCanary} {
		for _, sentence := range []string{
			"[2026-11-22 12:00:00 +0100] Register task (for device %s, pass type pass.com.example.loyalty, serial number secret-1; with web service url https://x) encountered error: Unauthorized",
			"Get pass task (pass type pass.com.example.loyalty, serial number secret-1, if-modified-since (null)) failed: Authorization: ApplePass %s",
			"Web service error: GET https://passes.example.com/v1/devices/%s/registrations/pass.com.example.loyalty?passesUpdatedSince=1", "token %s", "%s", "x%sx", "{\"token\":\"%s\"}", "<%s>",
		} {
			logs = append(logs, fmt.Sprintf(sentence, secret))
		}
	}
	link, err := c.links.InstallURL(cardPass)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(c.web, "POST", "/v1/log", object("logs", append(logs, link, strings.TrimPrefix(link, address))), nobody)
	c.send(c.web, "POST", "/v1/log", object("logs", map[string]string{pushTokenCanary: deviceCanary}), nobody)
	c.send(c.web, "POST", "/v1/log", deviceCanary, nobody)
	c.send(c.web, "PUT", "/v1/log", deviceCanary, nobody)
}

func (c *cage) signedUp() {
	info := map[string]any{"fullName": nameCanary, "emailAddress": emailCanary, "phoneNumber": phoneCanary, "postalCode": postalCanary}
	right, path := c.authorization(formPass), passPath(formPass)+"/personalize"
	good := object("personalizationToken", signUpCanary, "requiredPersonalizationInfo", info)
	wrong := []string{
		"", "{", good[:len(good)-4], good + good, strings.Replace(good, `"fullName"`, `"emailAddress"`, 1),
		object("personalizationToken", signUpCanary, "requiredPersonalizationInfo", nameCanary),
		object("personalizationToken", signUpCanary), object("personalizationToken", nameCanary, "requiredPersonalizationInfo", info),
		object("requiredPersonalizationInfo", info),
		object("personalizationToken", map[string]string{signUpCanary: signUpCanary}, "requiredPersonalizationInfo", info),
		object("personalizationToken", signUpCanary, "requiredPersonalizationInfo", map[string]any{"fullName": nameCanary}),
		object("personalizationToken", signUpCanary, "requiredPersonalizationInfo", map[string]any{"fullName": map[string]string{nameCanary: emailCanary}}),
		object("personalizationToken", signUpCanary, "requiredPersonalizationInfo", map[string]any{"fullName": nameCanary, "emailAddress": []string{emailCanary}}),
		object("personalizationToken", signUpCanary, emailCanary, nameCanary, "requiredPersonalizationInfo", map[string]any{emailCanary: phoneCanary}),
		strings.Replace(good, `"`+phoneCanary+`"`, numberCanary+`e999999`, 1), `{"` + emailCanary + `":1,"` + emailCanary + `":2}`, strings.Repeat(nameCanary, 400),
		`"` + signUpCanary + `"`,
	}
	for _, body := range wrong {
		c.send(c.web, "POST", path, body, nobody, "Authorization", right)
		c.send(c.web, "POST", path, body, nobody, "Authorization", right+"A")
	}
	c.send(c.web, "POST", passPath(cardPass)+"/personalize", good, nobody, "Authorization", c.authorization(cardPass))
	c.send(c.web, "POST", path, good, nobody, "Authorization", "ApplePass "+signUpCanary)
	c.send(c.web, "POST", path, good, nobody, "Authorization", right)
	c.deliver()
	c.send(c.web, "POST", path, good, nobody, "Authorization", right)
	c.send(c.web, "POST", path, strings.Replace(good, "Vlinder", "Vanderbilt", 1), nobody, "Authorization", right)
	c.send(c.issuer, "GET", issuerPath(formPass), "", issuerOf(formPass))
}

// pushed has APNs say everything that it can say.
func (c *cage) pushed() {
	for i, answer := range []apns.Answer{
		{Verdict: apns.Later, Err: errors.New("connection reset by peer")}, {Status: 429, Reason: "TooManyRequests", Verdict: apns.Later}, {Status: 503, Verdict: apns.Later},
		{Status: 403, Reason: "InvalidProviderToken", Verdict: apns.Halt},
		{Status: 413, Reason: "PayloadTooLarge", Verdict: apns.Bug}, {Status: 400, Reason: "BadDeviceToken", Verdict: apns.Refused},
		{Status: 410, Reason: "Unregistered", Timestamp: c.now.Add(-time.Hour * 48), Verdict: apns.Gone},
		{Status: 410, Reason: "Unregistered", Timestamp: c.now.Add(time.Hour), Verdict: apns.Gone},
	} {
		c.apns.says(answer)
		for _, pass := range []wallet.PassID{cardPass, importedPass} {
			c.send(c.web, http.MethodPost, devicePath(pass), object("pushToken", pushTokenCanary), nobody, "Authorization", c.authorization(pass))
			text := object("data", map[string]any{"text": fmt.Sprint(dataCanary, i)})
			c.send(c.issuer, http.MethodPatch, issuerPath(pass), text, issuerOf(pass), "Content-Type", "application/merge-patch+json")
		}
		c.deliver()
	}
	c.apns.says(apns.Answer{Status: 200, Verdict: apns.Taken})
}

// swept lets time pass, and ends the passes.
func (c *cage) swept() {
	c.send(c.web, http.MethodPost, devicePath(cardPass), object("pushToken", pushTokenCanary), nobody, "Authorization", c.authorization(cardPass))
	for _, d := range []time.Duration{time.Hour, 7 * time.Hour, 25 * time.Hour, 30 * 24 * time.Hour} {
		c.later(d)
		c.send(c.sweep, http.MethodPost, "/", "", nobody)
		c.deliver()
	}
	for _, pass := range []wallet.PassID{cardPass, formPass} {
		c.send(c.issuer, http.MethodDelete, issuerPath(pass), "", issuerOf(pass))
		c.send(c.issuer, http.MethodPatch, issuerPath(pass), saying("card"), issuerOf(pass), "Content-Type", "application/merge-patch+json")
	}
	c.deliver()
	c.send(c.web, http.MethodDelete, devicePath(cardPass), "", nobody, "Authorization", c.authorization(cardPass))
	c.store.DeleteDocument(importedPass)
	c.deliver()
	c.send(c.sweep, http.MethodPost, "/", "", nobody)
}
