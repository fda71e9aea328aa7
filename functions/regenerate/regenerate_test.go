package regenerate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// The life of one pass, one message after another.
func TestLife(t *testing.T) {
	l := newLine(t)
	for _, step := range []struct {
		name     string
		happens  func()
		version  int64
		written  bool // the record
		objects  int
		problem  string // rule of the first finding
		announce bool
		shows    string // in the pass that is served
	}{
		{"refused before the first package", func() { l.filled("nothing", 1) }, 0, true, 0, "TPL-UNKNOWN", false, ""},
		{"new", func() { l.points(1) }, 1, true, 1, "", true, `"value":1`},
		{"the same message again", func() {}, 1, false, 1, "", true, `"value":1`}, // promise 4, and redelivery re-announces
		{"changed", func() { l.points(2) }, 2, true, 2, "", true, `"value":2`},
		{"refused", func() { l.filled("nothing", 3) }, 2, true, 2, "TPL-UNKNOWN", true, `"value":2`},
		{"refused for the same reason", func() {}, 2, false, 2, "TPL-UNKNOWN", true, `"value":2`},
		{"healed", func() { l.points(2) }, 2, true, 2, "", true, `"value":2`},
		{"deleted while it is nonsense", func() { l.filled("nothing", 2); l.write(wallet.DocumentSnapshot.Delete) }, 3, true, 3, "", true, `"voided":true`},
		{"revived", func() { l.points(4) }, 4, true, 4, "", true, `"value":4`},
		{"taken away", func() { l.DeleteDocument(card) }, 5, true, 5, "", true, `"voided":true`},
	} {
		before := l.current()
		l.announced = nil
		step.happens()
		l.check(l.deliver())
		now := l.current()
		if now.Version != step.version || (now.Revision != before.Revision) != step.written || len(l.objects()) != step.objects {
			t.Errorf("%s: version %d, written %v, objects %v", step.name, now.Version, now.Revision != before.Revision, l.objects())
		}
		if (now.Problem != nil) != (step.problem != "") || now.Problem != nil && now.Problem.Findings[0].Rule != step.problem {
			t.Errorf("%s: problem %+v, want %q", step.name, now.Problem, step.problem)
		}
		if announced := slices.Equal(l.announced, []int64{step.version}); announced != step.announce || !announced && l.announced != nil {
			t.Errorf("%s: announced %v", step.name, l.announced)
		}
		if step.version > 0 && !strings.Contains(l.served(), step.shows) {
			t.Errorf("%s: the pass does not show %s: %s", step.name, step.shows, l.served())
		}
		if now.Version > before.Version && before.Version > 0 && now.LastModified != before.LastModified.Add(time.Second) { // WS-GET-5
			t.Errorf("%s: Last-Modified %v after %v", step.name, now.LastModified, before.LastModified)
		}
	}
	l.check(errors.Join(l.Violations()...))
}

func TestTheFirstRecord(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	pkg := l.current()
	doc, err := l.Store.Document(t.Context(), card)
	l.check(err)
	if pkg.SourceRevision != doc.Revision || pkg.DocumentGone || pkg.TemplateRevision == "" || pkg.TokenKeyVersion != 1 || !pkg.LastModified.Equal(noon) {
		t.Errorf("%+v", pkg)
	}
	if want := "packages/" + card.String() + "/1-" + pkg.ContentHash[:32] + ".pkpass"; pkg.Object != want || !slices.Equal(l.objects(), []string{want}) {
		t.Errorf("object %s, want %s", pkg.Object, want)
	}
	timeline := fmt.Sprint([]wallet.Event{{Time: doc.Revision.Time(), Kind: "written"}, {Time: noon, Kind: "packaged", Version: 1}})
	if got := fmt.Sprint(pkg.Timeline); got != timeline {
		t.Errorf("timeline %s, want %s", got, timeline)
	}
}

// The timeline has each writing of the document once, with what came of it, however often it is delivered.
func TestTheTimeline(t *testing.T) {
	l := newLine(t)
	for _, happens := range []func(){
		func() { l.points(1) },
		func() {},
		func() { l.points(2) },
		func() { l.filled("absent", 1) },
		func() {},
		func() { l.points(2) },
		func() { l.DeleteDocument(card) },
		func() {},
	} {
		happens()
		l.check(l.deliver())
		l.check(l.deliver())
	}
	var kinds []string
	for _, e := range l.current().Timeline {
		kinds = append(kinds, e.Kind)
	}
	if got, want := strings.Join(kinds, ", "), "written, packaged, written, packaged, written, refused, written, document removed, packaged"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A document that somebody wrote past the API cannot change the style of a card that phones hold.
func TestSTY5_TheStyleStays(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.filled("simple", 1)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Version != 1 || pkg.Style != "storeCard" || pkg.Problem == nil || !slices.Contains(rules(pkg.Problem.Findings), "STY-5") {
		t.Errorf("%+v", pkg)
	}
	l.DeleteDocument(card)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Version != 2 || pkg.Style != "storeCard" {
		t.Errorf("taken away: %+v", pkg)
	}
}

// The record says that there is no document any more, for the sweep, and makes no version of it twice.
func TestADocumentThatIsGone(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.DeleteDocument(card)
	l.check(l.deliver())
	if gone := l.current(); !gone.DocumentGone || gone.Version != 2 {
		t.Errorf("%+v", gone)
	}
	l.announced = nil
	l.check(l.deliver())
	if l.current().Version != 2 || len(l.objects()) != 2 || !slices.Equal(l.announced, []int64{2}) {
		t.Errorf("the same absence makes a version, or is not announced: %v", l.announced)
	}
	l.points(3)
	l.check(l.deliver())
	if pkg := l.current(); pkg.DocumentGone || pkg.Version != 3 {
		t.Errorf("after it came back: %+v", pkg)
	}
}

// A record of before there was such a mark gets it, without a new version.
func TestADocumentThatHasLongBeenGoneIsMarked(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.DeleteDocument(card)
	l.check(l.deliver())
	old := l.current().Same()
	old.DocumentGone = false
	_, err := l.Store.SavePackage(t.Context(), old)
	l.check(err)
	l.check(l.deliver())
	if pkg := l.current(); !pkg.DocumentGone || pkg.Version != 2 {
		t.Errorf("%+v", pkg)
	}
}
