package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
)

// ownTemplate is a template with a text, a number and a date, and a label of its own.
func ownTemplate(label string) string {
	return fmt.Sprintf(`{"organizationName":"Mine","description":"A thing","storeCard":{"primaryFields":[
		{"key":"what","label":%q,"value":"{{what}}"}],"secondaryFields":[{"key":"count","label":"Count","value":"{{howMany}}","numberStyle":"PKNumberStyleDecimal"}],
		"auxiliaryFields":[{"key":"until","label":"Until","value":"{{until}}","dateStyle":"PKDateStyleShort","timeStyle":"PKDateStyleNone"}]}}`, label)
}

// writeTemplate writes a template of a folder.
func writeTemplate(t *testing.T, dir, name, pass string) {
	t.Helper()
	folder := filepath.Join(dir, name+".pass")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, icon := range []string{"icon.png", "icon@2x.png", "icon@3x.png"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "shared", "template", "starters", "simple.pass", icon))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, icon), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "pass.json"), []byte(pass), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shownTemplate is what the gallery says of a template.
type shownTemplate struct {
	Name, Style, Revision string
	Drawn, Broken         bool
	Findings              []struct{ Path, Rule, Message string }
}

// listedTemplate is zero when there is no template of the name.
func (c client) listedTemplate(name string) shownTemplate {
	c.t.Helper()
	var answer struct{ Templates []shownTemplate }
	c.read("GET", "/local/templates", "", &answer)
	for _, view := range answer.Templates {
		if view.Name == name {
			return view
		}
	}
	return shownTemplate{}
}

func TestSavedTemplateIsDrawnAndItsPassesFollow(t *testing.T) {
	noGoroutineLeft(t)
	dir := t.TempDir()
	writeTemplate(t, dir, "mine", ownTemplate("First"))
	writeTemplate(t, dir, "broken", "{")
	writeTemplate(t, dir, "points", "{")
	c := newClient(t, serve(t, "-templates", dir))
	if v := c.listedTemplate("broken"); !v.Broken || v.Drawn || len(v.Findings) != 1 || v.Findings[0].Path != "broken.pass/pass.json" {
		t.Errorf("a template that is broken at the start: %+v", v)
	}
	if status, _, body := c.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/x", `{"template":"broken"}`); status != http.StatusServiceUnavailable {
		t.Errorf("a pass of it: %d %s", status, body)
	}
	if v := c.listedTemplate("points"); !v.Broken || !v.Drawn {
		t.Errorf("one beneath a broken one: %+v", v)
	}
	c.issueSample("points")
	if err := os.RemoveAll(filepath.Join(dir, "points.pass")); err != nil {
		t.Fatal(err)
	}
	writeTemplate(t, dir, "broken", ownTemplate("Mended"))
	until(t, "it is mended", func() bool { return c.listedTemplate("broken").Drawn })
	if v := c.listedTemplate("mine"); !v.Drawn || v.Broken || len(v.Findings) > 0 {
		t.Fatalf("a template with made-up data: %+v", v)
	}
	if text := c.offer("mine").Text; !strings.Contains(text, `"howMany": 7`) || !strings.Contains(text, `"until": "2027-`) || !strings.Contains(text, `"what": "What"`) {
		t.Errorf("the data made up is %s", text)
	}
	_, link := c.issueSample("mine")
	if status, _, body := c.call("POST", "/local/iphone", link); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	onPhone := "/local/iphone/" + defaultPassType + "/mine-1/drawn"
	if text := c.drawn(onPhone); !strings.Contains(text, "First") {
		t.Errorf("the phone shows %s", text)
	}

	writeTemplate(t, dir, "mine", ownTemplate("Second"))
	until(t, "the gallery shows it", func() bool { return strings.Contains(c.drawn("/local/templates/mine/drawn"), "Second") })
	until(t, "the phone shows it", func() bool { return strings.Contains(c.drawn(onPhone), "Second") })

	writeTemplate(t, dir, "mine", `{"organizationName":`)
	writeTemplate(t, dir, "other", ownTemplate("Other"))
	until(t, "what is wrong is shown", func() bool { return c.listedTemplate("mine").Broken })
	if v := c.listedTemplate("mine"); !v.Drawn || len(v.Findings) == 0 || !strings.HasPrefix(v.Findings[0].Path, "mine.pass/pass.json") {
		t.Errorf("the broken template: %+v", v)
	}
	if text := c.drawn("/local/templates/mine/drawn"); !strings.Contains(text, "Second") {
		t.Errorf("the broken template is not as it was: %s", text)
	}
	_, _, body := c.call("POST", "/local/passes/"+defaultPassType+"/mine-1/draft", c.offer("mine").Text)
	if text := string(body); !strings.Contains(text, `"rule":"TPL-BROKEN","severity":"warning"`) || !strings.Contains(text, "mine.pass/pass.json: not a JSON object: line 1") {
		t.Errorf("what the editor of a pass says of it: %s", text)
	}
	until(t, "a new template is there", func() bool { return c.listedTemplate("other").Drawn })

	writeTemplate(t, dir, "mine", ownTemplate("Third"))
	until(t, "the mended template is there", func() bool { return !c.listedTemplate("mine").Broken })
	until(t, "the phone shows the mended one", func() bool { return strings.Contains(c.drawn(onPhone), "Third") })

	writeTemplate(t, dir, "never", `[]`)
	until(t, "a template that never was whole is listed", func() bool { return c.listedTemplate("never").Broken })
	if v := c.listedTemplate("never"); v.Drawn || v.Revision != "" || len(v.Findings) == 0 {
		t.Errorf("%+v", v)
	}
	for _, name := range []string{"other", "never"} {
		if err := os.RemoveAll(filepath.Join(dir, name+".pass")); err != nil {
			t.Fatal(err)
		}
		until(t, name+" is gone", func() bool { return c.listedTemplate(name).Name == "" })
	}
	if v := c.listedTemplate("points"); !v.Drawn {
		t.Errorf("a built-in template: %+v", v)
	}
}

func TestWatchedFolderThatGoesAwayLeavesItsTemplates(t *testing.T) {
	dir := t.TempDir()
	writeTemplate(t, dir, "mine", ownTemplate("First"))
	f, err := openFolder(dir, template.Templates{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	look := func(want string) {
		t.Helper()
		if names, err := f.look(); err != nil || fmt.Sprint(names) != want {
			t.Errorf("%v, %v; want %s", names, err, want)
		}
	}
	look("[]")
	writeTemplate(t, dir, "mine", ownTemplate("Second"))
	look("[]") // it may be written further
	look("[mine]")
	look("[]")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := f.look(); err == nil {
		t.Error("a folder that is gone is no error")
	}
	if _, err := f.Template(t.Context(), "mine"); err != nil {
		t.Error(err)
	}
}

func TestLocalModeDrivesCampaigns(t *testing.T) {
	c := newClient(t, serve(t))
	c.issueSample("points")
	campaign := "/issuer/v1/campaigns/" + defaultPassType + "/points"
	state := func() string {
		var answer struct{ State string }
		c.read("GET", campaign, "", &answer)
		return answer.State
	}
	c.call("PUT", campaign, "")
	until(t, "it is done", func() bool { return state() == "done" })
	pause := func(to string) {
		t.Helper()
		if status, _, body := c.call("PATCH", campaign, `{"state":"`+to+`"}`, "Content-Type", "application/merge-patch+json"); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
	pause("paused")
	if got := state(); got != "paused" {
		t.Errorf("it is %s", got)
	}
	pause("running")
	until(t, "it is done again", func() bool { return state() == "done" })
}
