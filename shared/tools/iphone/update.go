package iphone

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
)

// Pushed is what happens when a push for a pass type arrives: the phone asks each web service what changed, and fetches it. One
// that is off hears nothing; APNs keeps the last push of the topic until it is back.
func (p *Phone) Pushed(ctx context.Context, passTypeIdentifier string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		p.waiting[passTypeIdentifier] = true
		return nil
	}
	return p.pushed(ctx, passTypeIdentifier)
}

func (p *Phone) pushed(ctx context.Context, passTypeIdentifier string) error {
	p.event("pushed", wallet.PassID{PassTypeIdentifier: passTypeIdentifier}, "to topic "+passTypeIdentifier)
	return p.update(ctx, passTypeIdentifier)
}

// Update asks what changed without having been pushed to, as a phone does now and then.
func (p *Phone) Update(ctx context.Context, passTypeIdentifier string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return ErrOff
	}
	return p.update(ctx, passTypeIdentifier)
}

func (p *Phone) update(ctx context.Context, passTypeIdentifier string) error {
	asked := make(map[string]bool)
	for _, id := range p.ids() {
		h := p.passes[id]
		if id.PassTypeIdentifier != passTypeIdentifier || h.pass.WebServiceURL == "" || asked[h.pass.WebServiceURL] {
			continue
		}
		asked[h.pass.WebServiceURL] = true
		if err := p.ask(ctx, h.pass); err != nil {
			return err
		}
	}
	return nil
}

// ask lists what changed at the web service of a pass, fetches each, and keeps the new tag.
func (p *Phone) ask(ctx context.Context, of pass) error {
	at := service{of.WebServiceURL, of.PassTypeIdentifier}
	path := "/v1/devices/" + p.device + "/registrations/" + of.PassTypeIdentifier
	if tag, ok := p.tags[at]; ok {
		path += "?passesUpdatedSince=" + url.QueryEscape(tag)
	}
	status, _, body, err := p.call(ctx, http.MethodGet, of, path, "", "Authorization", "")
	if err != nil {
		return err
	}
	kind := wallet.PassID{PassTypeIdentifier: of.PassTypeIdentifier}
	if status == http.StatusNoContent {
		p.event("listed", kind, "nothing new")
		return nil
	}
	var list struct {
		SerialNumbers []string `json:"serialNumbers"`
		LastUpdated   string   `json:"lastUpdated"`
	}
	if err := json.Unmarshal(body, &list); status != http.StatusOK || err != nil || list.LastUpdated == "" {
		return fmt.Errorf("list %s: status %d, which a phone cannot use (%v)", of.PassTypeIdentifier, status, err)
	}
	p.event("listed", kind, fmt.Sprintf("%s changed, new tag %s", strings.Join(list.SerialNumbers, ", "), list.LastUpdated))
	for _, serial := range list.SerialNumbers {
		if h, ok := p.passes[wallet.PassID{PassTypeIdentifier: of.PassTypeIdentifier, SerialNumber: serial}]; ok {
			if err := p.fetch(ctx, h); err != nil {
				return err
			}
		}
	}
	p.tags[at] = list.LastUpdated
	return nil
}

// fetch gets the latest package of a pass, unless it has not changed since the last one fetched.
func (p *Phone) fetch(ctx context.Context, h *held) error {
	id := h.pass.PassID
	path := "/v1/passes/" + id.PassTypeIdentifier + "/" + url.PathEscape(id.SerialNumber)
	status, header, body, err := p.call(ctx, http.MethodGet, h.pass, path, "", "If-Modified-Since", h.lastModified)
	if err != nil {
		return err
	}
	switch status {
	case http.StatusNotModified:
		p.event("unchanged", id, "")
		return nil
	case http.StatusOK:
	default:
		return fmt.Errorf("fetch %v: status %d", id, status)
	}
	fresh, err := p.read(body)
	if err != nil {
		return fmt.Errorf("fetch %v: %w", id, err)
	}
	if fresh.PassID != id || fresh.AuthenticationToken != h.pass.AuthenticationToken {
		return fmt.Errorf("fetch %v: an update changes the pass's identity or token", id)
	}
	if header.Get("Last-Modified") == "" {
		return fmt.Errorf("fetch %v: no Last-Modified", id)
	}
	p.event("fetched", id, fmt.Sprintf("%d bytes, Last-Modified %s", len(body), header.Get("Last-Modified")))
	notices, err := preview.Notices(h.pass.source, fresh.source, preview.Viewer{Now: p.Now()})
	if err != nil {
		return fmt.Errorf("fetch %v: %w", id, err)
	}
	for _, notice := range notices { // on the lock screen
		p.event("notice", id, notice)
	}
	h.pass, h.data, h.lastModified = fresh, body, header.Get("Last-Modified")
	return nil
}

// fields yields every field of a pass, whatever its style.
func fields(raw map[string]any, yield func(field map[string]any)) {
	for _, style := range []string{"boardingPass", "coupon", "eventTicket", "generic", "storeCard", "posterGeneric"} {
		groups, _ := raw[style].(map[string]any)
		for _, group := range groups {
			list, _ := group.([]any)
			for _, entry := range list {
				if field, ok := entry.(map[string]any); ok {
					yield(field)
				}
			}
		}
	}
}

// values returns the value of each field by its key.
func values(raw map[string]any) map[string]any {
	byKey := make(map[string]any)
	fields(raw, func(field map[string]any) {
		if key, ok := field["key"].(string); ok {
			byKey[key] = field["value"]
		}
	})
	return byKey
}
