package probe

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// list asks what changed for a device. Its identifier is the secret: what is close to it is worth nothing.
func (p *prober) list(r *rand.Rand) string {
	device := []string{aPhone, otherPhone, ticketPhone, nobodyPhone, "..", "__" + aPhone + "__"}[r.IntN(6)]
	if r.IntN(2) == 0 {
		device = mutations[r.IntN(len(mutations))](r, device)
	}
	if device == "" {
		device = " "
	}
	passType := []string{loyalty, tickets, "pass.com.example.other", "com.example", loyalty + "/x"}[r.IntN(5)]
	target := "/v1/devices/" + escapes[r.IntN(2)](device) + "/registrations/" + escapes[r.IntN(2)](passType)
	q := newRequest(http.MethodGet, target+[]string{"", "?passesUpdatedSince=0", "?passesUpdatedSince=zzzzzzzz.1"}[r.IntN(3)], "")
	p.web.ServeHTTP(&p.answer, q)
	problem := p.checkList(wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(device)})
	if problem == "" {
		return ""
	}
	return fmt.Sprintf("list: %s\n%q", problem, target)
}

func (p *prober) checkList(device wallet.DeviceID) string {
	known := 0
	for _, registered := range p.registered[device] {
		if registered {
			known++
		}
	}
	name := string(device.DeviceLibraryIdentifier)
	readable := passTypeForm.MatchString(device.PassTypeIdentifier) && deviceForm.MatchString(name) && !reserved(name)
	most := 0
	switch {
	case known > 0:
		most = 2 // the first list of a change is noted
	case readable:
		most = 1
	}
	if len(p.gate.calls) > most {
		return fmt.Sprintf("it costs %v", p.gate.calls)
	}
	if known == 0 {
		p.tally.refused++
		if p.answer.status != http.StatusNoContent || p.answer.body.Len() > 0 || len(p.answer.header) > 0 {
			return fmt.Sprintf("an unknown device is answered %d, %v, %q", p.answer.status, p.answer.header, p.answer.body.Bytes())
		}
		return ""
	}
	p.tally.given++
	var list struct{ SerialNumbers []string }
	if err := json.Unmarshal(p.answer.body.Bytes(), &list); err != nil || p.answer.status != http.StatusOK {
		return fmt.Sprintf("a known device is answered %d, %q", p.answer.status, p.answer.body.Bytes())
	}
	for _, serial := range list.SerialNumbers {
		if !p.registered[device][serial] {
			return fmt.Sprintf("%s is not the device's", serial)
		}
	}
	return ""
}

// astray sends the right credential to where nothing is to be had with it: methods that are not there, the issuer's paths at
// the devices' door, and the log.
func (p *prober) astray(r *rand.Rand) string {
	pass := things[r.IntN(2)].id
	name := pass.String()
	method := []string{"GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"}[r.IntN(11)]
	target := []string{
		"/v1/log", "/issuer/v1/passes/" + name, "/issuer/v1/bundles", "/v1/issuer/v1/passes/" + name, "/install/" + p.links[0].token, "/v1/passes/" + name + "/package",
		"/v1/passes/" + name + "/../card-2", "/v1/passes/" + pass.PassTypeIdentifier, "/v1/passes", "/v1/devices/" + aPhone, "/v2/passes/" + name, "/passes/" + name,
		"/V1/passes/" + name, "/v1/%70asses/" + name, "/", "/v1/passes/" + name + "%2Fpersonalize", "/local/pushes", "/v1/devices/" + aPhone + "/registrations",
	}[r.IntN(18)]
	body := []string{"", issuerBody, tokenBody, signUpBody, `{"logs":["` + strings.Repeat("x", 40) + `"]}`, `{"logs":[1,null,{}]}`, `{"passes":[]}`}[r.IntN(7)]
	q := newRequest(method, target, body)
	q.Header.Set("Authorization", "ApplePass "+derived(2, pass))
	p.web.ServeHTTP(&p.answer, q)
	p.tally.refused++
	log := target == "/v1/log" && method == http.MethodPost
	encoded := strings.HasSuffix(target, "%2Fpersonalize") && (method == http.MethodGet || method == http.MethodHead) // a bad serial number
	want := map[bool][]int{true: {http.StatusOK}, false: {http.StatusNotFound, http.StatusMethodNotAllowed}}[log]
	if encoded {
		want = []int{http.StatusUnauthorized}
	}
	if !slices.Contains(want, p.answer.status) || p.answer.body.Len() > 0 || len(p.gate.calls) > 0 {
		return fmt.Sprintf("%s %s is answered %d, %.100q, at the cost of %v", method, target, p.answer.status, p.answer.body.Bytes(), p.gate.calls)
	}
	return ""
}
