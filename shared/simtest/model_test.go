package simtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// A model knows what may happen. It is told of each thing that does, at the moment it does, and keeps what is wrong.
type model struct {
	world      *world
	documents  map[string][]written // by serial number, in the order of their writing
	versions   map[string][]version // by serial number: every package that was ever current
	forgotten  map[string]int       // the step since when no registration has a push token
	touched    map[string]int       // the step of the last write of a record that had, or has, a push token
	violations []string
	refused    int // how many records the store had refused

	objectsCreated, pushesSent int
}

// written is a document as it stood at a revision.
type written struct {
	revision wallet.Revision
	content  content
	sound    bool // it can be packaged
	gone     bool // it was taken away, or is a tombstone: what devices hold is voided
}

// A version is a package that was current.
type version struct {
	number       int64
	lastModified time.Time
	content      content
	data         []byte
}

func newModel(w *world) model {
	return model{
		world: w, documents: make(map[string][]written), versions: make(map[string][]version),
		forgotten: make(map[string]int), touched: make(map[string]int),
	}
}

// violate records a broken promise.
func (m *model) violate(format string, args ...any) {
	m.violations = append(m.violations, fmt.Sprintf(format, args...))
	m.world.say("VIOLATION: "+format, args...)
}

// documentWritten reads a document that was just written.
func (m *model) documentWritten(serial string) {
	doc := m.world.document(serial)
	is := written{revision: doc.SourceRevision(), gone: !doc.Exists()}
	if fields, ok := doc.Fields["data"].(map[string]any); ok {
		is.content.points, is.sound = fields["points"].(int64)
	}
	is.sound = is.sound && doc.Fields["template"] == "card"
	is.content.voided = doc.Fields["voided"] == true
	m.documents[serial] = append(m.documents[serial], is)
}

// newest is the document as it stands, and whether there ever was one.
func (m *model) newest(serial string) (written, bool) {
	all := m.documents[serial]
	if len(all) == 0 {
		return written{}, false
	}
	return all[len(all)-1], true
}

// asOf is the document at a revision.
func (m *model) asOf(serial string, revision wallet.Revision) written {
	is := written{gone: true}
	for _, doc := range m.documents[serial] {
		if doc.revision <= revision {
			is = doc
		}
	}
	return is
}

// packageSaved holds a pointer that moved to the promises: a package says what the document of its revision says, whole, and
// differs from the one before it.
func (m *model) packageSaved(before, after wallet.CurrentPackage) {
	serial := after.ID.SerialNumber
	if after.Version == before.Version {
		return
	}
	object, _, err := m.world.bucket.Open(context.Background(), after.Object)
	if err != nil {
		m.violate("version %d of %s has no object: %v", after.Version, serial, err)
		return
	}
	data, _ := io.ReadAll(object)
	shown, err := read(data)
	if err != nil {
		m.violate("version %d of %s is not whole: %v", after.Version, serial, err)
		return
	}
	doc := m.asOf(serial, after.SourceRevision)
	switch {
	case doc.gone && !shown.voided:
		m.violate("version %d of %s shows %v, though its document is gone", after.Version, serial, shown)
	case !doc.gone && !doc.sound:
		m.violate("version %d of %s was made from a document that cannot be packaged", after.Version, serial)
	case !doc.gone && shown != doc.content:
		m.violate("version %d of %s shows %v, its document has %v", after.Version, serial, shown, doc.content)
	case after.ContentHash == before.ContentHash:
		m.violate("version %d of %s is what version %d was: nothing changed", after.Version, serial, before.Version)
	}
	m.addVersion(serial, after, shown, data)
}

func (m *model) addVersion(serial string, pkg wallet.CurrentPackage, shown content, data []byte) {
	m.versions[serial] = append(m.versions[serial], version{pkg.Version, pkg.LastModified, shown, data})
}

// delivered finds the version that a phone was given. Bytes that are none, or another's than Last-Modified says, are a mixed
// version.
func (m *model) delivered(p *phone, serial string, lastModified time.Time, data []byte) (version, bool) {
	for _, v := range m.versions[serial] {
		if v.lastModified.Equal(lastModified) && bytes.Equal(v.data, data) {
			return v, true
		}
	}
	m.violate("%s was given %d bytes of %s with the Last-Modified of another version, %v", p.name, len(data), serial, lastModified)
	return version{}, false
}

// objectRemoved refuses that a package disappears which is current.
func (m *model) objectRemoved(name string) {
	for _, serial := range serials {
		if m.world.currentPackage(serial).Object == name {
			m.violate("the current package of %s is removed", serial)
		}
	}
}

// deviceSaved keeps which push tokens are registered.
func (m *model) deviceSaved(before, after wallet.Device) {
	if !slices.Contains(m.world.devices, after.ID) {
		m.world.devices = append(m.world.devices, after.ID)
	}
	m.touched[before.PushToken.Reveal()], m.touched[after.PushToken.Reveal()] = m.world.step, m.world.step
	if token := before.PushToken; !token.IsZero() && (token != after.PushToken || len(after.Passes) == 0) && !m.registered(token) {
		m.forgotten[token.Reveal()] = m.world.step
	}
	if len(after.Passes) > 0 {
		delete(m.forgotten, after.PushToken.Reveal())
	}
}

// registered reports that a record has the token.
func (m *model) registered(token wallet.PushToken) bool {
	return slices.ContainsFunc(m.world.records(), func(d wallet.Device) bool { return d.PushToken == token })
}

// pushed holds a push to the promises: nobody is pushed to whose registration had ended before the task began, or who is owed
// nothing.
func (m *model) pushed(t *task, token wallet.PushToken, answer apns.Answer) {
	m.pushesSent++
	m.world.say("    APNs says %v to %s", answer, token.Reveal())
	if since, ok := m.forgotten[token.Reveal()]; ok && since < t.started {
		m.violate("push to %s, which nobody has had registered since step %d", token.Reveal(), since)
	}
	if m.touched[token.Reveal()] >= t.started {
		return // it may have been owed one when the task looked
	}
	ahead := m.world.now.Add(jump) // a worker's clock may be
	if !slices.ContainsFunc(m.world.records(), func(d wallet.Device) bool { return d.PushToken == token && d.NeedsPush(ahead) }) {
		m.violate("push to %s, which is owed none", token.Reveal())
	}
}

// check looks at what the store found.
func (m *model) check() {
	for _, err := range m.world.store.Violations()[m.refused:] {
		m.refused++
		m.violate("the store was misused: %v", err)
	}
}

// wasWritten reports that a document ever had so many points.
func (m *model) wasWritten(serial string, points int64) bool {
	return slices.ContainsFunc(m.documents[serial], func(doc written) bool { return doc.content.points == points })
}
