package templates_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// A fixture is the templates of a new bucket, and a clock that moves when told.
type fixture struct {
	t       *testing.T
	name    string
	objects *storage.BucketHandle
	now     time.Time
	set     *templates.Bucket
}

func open(t *testing.T) *fixture {
	t.Helper()
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	client, err := storage.NewClient(t.Context(), storage.WithJSONReads())
	check(t, err)
	t.Cleanup(func() { check(t, client.Close()) })
	f := &fixture{t: t, name: "test-" + strings.ToLower(rand.Text()), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	f.objects = client.Bucket(f.name)
	check(t, f.objects.Create(t.Context(), "test-project", nil))
	f.set, err = templates.Open(t.Context(), f.name, f.clock)
	check(t, err)
	t.Cleanup(func() { check(t, f.set.Close()) })
	return f
}

func (f *fixture) clock() time.Time { return f.now }

// put writes an object below templates/.
func (f *fixture) put(name, text string) {
	f.t.Helper()
	w := f.objects.Object("templates/" + name).NewWriter(f.t.Context())
	w.ChunkSize = 0 // one request, without a buffer to repeat it from
	_, err := w.Write([]byte(text))
	check(f.t, errors.Join(err, w.Close()))
}

// delete takes an object away.
func (f *fixture) delete(name string) {
	f.t.Helper()
	check(f.t, f.objects.Object("templates/"+name).Delete(f.t.Context()))
}

// template finds a template that must be there.
func (f *fixture) template(name string) *template.Template {
	f.t.Helper()
	t, err := f.set.Template(f.t.Context(), name)
	check(f.t, err)
	return t
}

// pass is a pass.json whose only placeholder has this name.
func pass(placeholder string) string {
	return `{"description": "{{` + placeholder + `}}", "organizationName": "Corner Roastery", "generic": {}}`
}

// square returns a PNG image.
func square(t *testing.T, side int) string {
	t.Helper()
	var b bytes.Buffer
	check(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))))
	return b.String()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestATemplateIsItsObjects(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("word"))
	f.put("club.pass/icon.png", square(t, 38))
	f.put("club.pass/de.lproj/pass.strings", `"a" = "b";`)
	f.put("club.pass/de.lproj/logo.png", square(t, 50))
	f.put("club.pass/", "") // the console writes such an object for a folder
	f.put("club.pass.old/pass.json", pass("other"))
	f.put("clubs.pass/pass.json", pass("another"))
	got := f.template("club")
	if got.Name() != "club" || !slices.Equal(got.Placeholders(), []string{"word"}) || got.Revision() == "" {
		t.Errorf("%s, placeholders %q, revision %q", got.Name(), got.Placeholders(), got.Revision())
	}
	if sizes := got.ImageSizes(); len(sizes) != 2 || sizes["icon.png"] != image.Pt(38, 38) || sizes["de.lproj/logo.png"] != image.Pt(50, 50) {
		t.Errorf("images %v", sizes)
	}
}

func TestAChangeIsSeenWithinAMinute(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	f.put("club.pass/icon.png", square(t, 38))
	first := f.template("club")

	f.put("club.pass/pass.json", pass("two"))
	f.now = f.now.Add(59 * time.Second)
	if got := f.template("club"); got != first {
		t.Errorf("after 59 s: placeholders %q, want those from before", got.Placeholders())
	}
	f.now = f.now.Add(time.Second)
	changed := f.template("club")
	if !slices.Equal(changed.Placeholders(), []string{"two"}) || changed.Revision() == first.Revision() {
		t.Errorf("after a minute: placeholders %q", changed.Placeholders())
	}

	f.now = f.now.Add(time.Hour)
	if got := f.template("club"); got != changed {
		t.Error("what has not changed was read again")
	}
	for what, change := range map[string]func(){
		"an image more":  func() { f.put("club.pass/logo.png", square(t, 50)) },
		"an image less":  func() { f.delete("club.pass/icon.png") },
		"a text changed": func() { f.put("club.pass/pass.json", pass("three")) },
	} {
		before := f.template("club")
		change()
		f.now = f.now.Add(time.Minute)
		if got := f.template("club"); got.Revision() == before.Revision() {
			t.Errorf("%s is not seen", what)
		}
	}
}

func TestFreshDoesNotWait(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	f.template("club")
	f.put("club.pass/pass.json", pass("two"))
	fresh, err := f.set.Fresh(t.Context(), "club")
	check(t, err)
	if got := f.template("club"); got != fresh || !slices.Equal(got.Placeholders(), []string{"two"}) {
		t.Errorf("placeholders %q, then %q", fresh.Placeholders(), got.Placeholders())
	}
	if again, err := f.set.Fresh(t.Context(), "club"); err != nil || again != fresh {
		t.Errorf("what has not changed was read again: %v", err)
	}
	f.delete("club.pass/pass.json")
	if _, err := f.set.Fresh(t.Context(), "club"); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("gone: %v", err)
	}
	unknown(t, f.set, "club")
}

func TestATemplateThatIsGoneIsUnknown(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	f.template("club")
	f.delete("club.pass/pass.json")
	f.template("club") // still within the minute
	f.now = f.now.Add(time.Minute)
	unknown(t, f.set, "club")
	f.put("club.pass/pass.json", pass("back"))
	unknown(t, f.set, "club") // nor is what is not there asked for at every request
	f.now = f.now.Add(time.Minute)
	if got := f.template("club"); !slices.Equal(got.Placeholders(), []string{"back"}) {
		t.Errorf("placeholders %q", got.Placeholders())
	}
}

func TestUnknownNames(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	f.put("a/b.pass/pass.json", pass("one"))
	f.put("empty.pass/", "")
	f.put("Club.pass/pass.json", pass("one"))
	for _, name := range []string{"", "nothing", "clu", "club.pass", "a/b", `a\b`, "empty", "..", "../packages", "Club"} {
		unknown(t, f.set, name)
	}
}

func unknown(t *testing.T, set template.Set, name string) {
	t.Helper()
	_, err := set.Template(t.Context(), name)
	if missing, ok := errors.AsType[*template.UnknownError](err); !ok || missing.Name != name || !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%q: %v", name, err)
	}
}

// Promise 6: what is wrong with one template is found in it, and in no other.
func TestABrokenTemplateIsFindingsAndBreaksNoOther(t *testing.T) {
	f := open(t)
	f.put("good.pass/pass.json", pass("one"))
	for name, spoil := range map[string]func(root string){
		"not-json":     func(root string) { f.put(root+"pass.json", "{") },
		"no-pass":      func(root string) { f.put(root+"icon.png", square(t, 38)) },
		"not-png":      func(root string) { f.put(root+"pass.json", pass("a")); f.put(root+"icon.png", "GIF89a") },
		"server-owned": func(root string) { f.put(root+"pass.json", `{"webServiceURL": "https://evil.example"}`) },
		"stray":        func(root string) { f.put(root+"pass.json", pass("a")); f.put(root+"notes/todo.txt", "") },
		"too-large": func(root string) {
			f.put(root+"pass.json", pass("a"))
			f.put(root+"icon.png", square(t, 38)+strings.Repeat("\x00", template.MaxSize))
		},
	} {
		t.Run(name, func(t *testing.T) {
			spoil(name + ".pass/")
			_, err := f.set.Template(t.Context(), name)
			findings, ok := errors.AsType[wallet.Findings](err)
			if !ok || findings.Err() == nil || !strings.HasPrefix(findings[0].Path, name+".pass") {
				t.Errorf("%v", err)
			}
			f.template("good")
		})
	}
	// It is looked at again as soon as it is asked for: whoever mends it does not wait for a minute.
	f.put("not-json.pass/pass.json", pass("mended"))
	if got := f.template("not-json"); !slices.Equal(got.Placeholders(), []string{"mended"}) {
		t.Errorf("placeholders %q", got.Placeholders())
	}
}

func TestAStoreOutOfReachIsNobodysTemplate(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	f.template("club")
	f.now = f.now.Add(time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.set.Template(ctx, "club"); err == nil || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%v", err)
	}
	other, err := templates.Open(t.Context(), f.name+"-none", f.clock)
	check(t, err)
	defer other.Close()
	if _, err := other.Template(t.Context(), "club"); err == nil || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("a bucket that there is not: %v", err)
	}
}

func TestOpenSet(t *testing.T) {
	f := open(t)
	f.put("points.pass/pass.json", pass("ours"))
	f.put("club.pass/pass.json", pass("ours"))
	builtin, err := templates.OpenSet(t.Context(), "", f.clock)
	check(t, err)
	both, err := templates.OpenSet(t.Context(), f.name, f.clock)
	check(t, err)
	unknown(t, builtin, "club")
	unknown(t, both, "nothing")
	for _, c := range []struct {
		set  template.Set
		name string
		ours bool
	}{{builtin, "points", false}, {both, "points", true}, {both, "club", true}, {both, "stamps", false}} {
		got, err := c.set.Template(t.Context(), c.name)
		check(t, err)
		if ours := slices.Equal(got.Placeholders(), []string{"ours"}); ours != c.ours {
			t.Errorf("%s has placeholders %q", c.name, got.Placeholders())
		}
	}
}

// Any number of requests ask at once, and each gets the whole template.
func TestManyAtOnce(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	results := make(chan error)
	for range 20 {
		go func() {
			got, err := f.set.Template(t.Context(), "club")
			if err == nil && !slices.Equal(got.Placeholders(), []string{"one"}) {
				err = fmt.Errorf("placeholders %q", got.Placeholders())
			}
			results <- err
		}()
	}
	for range 20 {
		check(t, <-results)
	}
}
