package simtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// An answer is what a caller got of an HTTP response. It is an http.ResponseWriter, and no more than that.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

var errLost = errors.New("the answer was lost")

// call sends a request to any worker and hears, at some time, the answer; or an error when there was none.
func (w *world) call(name string, handler http.Handler, method, target, body string, header http.Header, hear func(answer, error)) *task {
	a := answer{header: make(http.Header)}
	t := w.start(name, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, method, target, io.NopCloser(strings.NewReader(body)))
		if err != nil {
			return err
		}
		if header != nil {
			r.Header = header
		}
		handler.ServeHTTP(&a, r)
		return nil
	}, func(err error) { hear(a, err) })
	t.again = func() { w.call(name+" again", handler, method, target, body, header.Clone(), func(answer, error) {}) }
	return t
}

// request is call for a phone. An answer that says nothing but that something went wrong is an error; it may only be one when
// something did.
func (p *phone) request(name, method, path, body string, header http.Header, hear func(answer, error)) *task {
	var t *task
	t = p.world.call(p.name+" "+name, p.world.anyWorker().web, method, path, body, header, func(a answer, err error) {
		if err == nil && a.status >= http.StatusBadRequest {
			err = errors.New(http.StatusText(a.status))
			if !t.faulted && a.status != http.StatusServiceUnavailable {
				p.world.model.violate("%v was answered %d", t, a.status)
			}
		}
		if length := a.header.Get("Content-Length"); err == nil && length != "" && t.faulted && length != lengthOf(a.body) {
			err = io.ErrUnexpectedEOF
		}
		hear(a, err)
	})
	p.world.say("%v", t)
	return t
}

func (p *phone) registration(serial string) string {
	return "/v1/devices/" + p.name + "/registrations/" + passType + "/" + serial
}

func (p *phone) authorization(serial string) http.Header {
	return http.Header{"Authorization": {p.world.tokens[serial]}}
}

// register tells the server of a card and the push token, until it is heard.
func (p *phone) register(c *card) {
	name, token, began := p.name, p.token, p.world.step
	p.registering = p.request("registers "+c.serial, http.MethodPost, p.registration(c.serial), `{"pushToken":"`+token+`"}`, p.authorization(c.serial),
		func(a answer, err error) {
			p.registering = nil
			if err != nil || name != p.name || token != p.token || !c.mustPost || began < c.switched { // or the answer to an earlier wish
				return
			}
			c.mustPost, p.sure = false, began
			// Without a sweep nothing makes up for a push that was sent while updates were off and the server had not heard of it. Phones
			// ask by themselves then. A registration that is new has earned a push of its own.
			p.mustList = p.mustList || c.resumes && !p.world.config.sweep && a.status != http.StatusCreated
			c.resumes = false
		})
}

// unregister tells the server that updates of a card are not wanted, until it is heard.
func (p *phone) unregister(c *card) {
	name := p.name
	p.registering = p.request("unregisters "+c.serial, http.MethodDelete, p.registration(c.serial), "", p.authorization(c.serial),
		func(_ answer, err error) {
			p.registering = nil
			if err == nil && name == p.name && c.mustDrop {
				c.mustDrop = false
				if c.wavers {
					p.switchUpdates(c, true)
				}
			}
		})
}

// list asks which cards have changed. The tag of an answer is kept when all of it has arrived, and then the cards it names are
// fetched.
func (p *phone) list() {
	name, before := p.name, p.tag
	p.mustList = false
	target := strings.TrimSuffix(p.registration(""), "/")
	if before != "" {
		target += "?passesUpdatedSince=" + before
	}
	p.reading = p.request("lists since "+tagNumber(before), http.MethodGet, target, "", nil, func(a answer, err error) {
		p.reading = nil
		if name != p.name {
			return
		}
		if err != nil { // it may give up, where somebody else does not
			p.mustList = p.mustList || !p.world.config.sweep || p.world.random.IntN(2) == 0
			return
		}
		if a.status == http.StatusOK {
			p.listed(a, before)
		}
	})
}

func (p *phone) listed(a answer, before string) {
	var list struct {
		SerialNumbers []string `json:"serialNumbers"`
		LastUpdated   string   `json:"lastUpdated"`
	}
	if err := json.Unmarshal(a.body, &list); err != nil {
		p.world.model.violate("%s was listed %q", p.name, a.body)
		return
	}
	was, is := wallet.ParseUpdateTag(before), wallet.ParseUpdateTag(list.LastUpdated)
	if was.Epoch == is.Epoch && is.Sequence <= was.Sequence {
		p.world.model.violate("%s was listed the tag %d after %d", p.name, is.Sequence, was.Sequence)
	}
	p.tag = list.LastUpdated
	p.world.say("    %s is listed %v up to %s", p.name, list.SerialNumbers, tagNumber(p.tag))
	for _, serial := range list.SerialNumbers {
		if c := p.card(serial); c != nil {
			c.mustRead = true
		}
	}
}

// fetch gets the newest package of a card, until it has it.
func (p *phone) fetch(c *card) {
	header := p.authorization(c.serial)
	since := c.shows.lastModified
	header.Set("If-Modified-Since", since.Format(http.TimeFormat))
	p.reading = p.request("fetches "+c.serial, http.MethodGet, "/v1/passes/"+passType+"/"+c.serial, "", header, func(a answer, err error) {
		p.reading = nil
		if err != nil {
			return
		}
		c.mustRead = false
		if a.status == http.StatusOK {
			p.fetched(c, a, since)
		}
	})
}

func (p *phone) fetched(c *card, a answer, since time.Time) {
	lastModified, err := http.ParseTime(a.header.Get("Last-Modified"))
	if err != nil || !lastModified.After(since) {
		p.world.model.violate("%s was given %s again, of %v", p.name, c.serial, lastModified)
		return
	}
	given, ok := p.world.model.delivered(p, c.serial, lastModified, a.body)
	if !ok {
		return
	}
	if given.number <= c.shows.number {
		p.world.model.violate("%s goes back from version %d of %s to %d", p.name, c.shows.number, c.serial, given.number)
	}
	c.shows = given
	p.world.say("    %s shows %v on %s", p.name, given.content, c.serial)
}

func lengthOf(body []byte) string { return strconv.Itoa(len(body)) }

// tagNumber is what may be said of a tag: its epoch is random.
func tagNumber(tag string) string { return strconv.FormatInt(wallet.ParseUpdateTag(tag).Sequence, 10) }
