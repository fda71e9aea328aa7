package templates_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// Names of objects are any text. None is made more proper than it is, so none leads to another template's files.
func TestNamesThatNoFileHas(t *testing.T) {
	f := open(t)
	f.put("other.pass/pass.json", pass("other"))
	image := square(t, 38)
	for number, c := range []struct {
		objects []string
		want    string // rule and path below the template's folder
	}{
		{[]string{"../other.pass/icon.png"}, "LOC-1 .."},
		{[]string{"de.lproj/../icon.png"}, "LOC-1 de.lproj/.."},
		{[]string{`..\other.pass\icon.png`}, `TPL-FILE ..\other.pass\icon.png`},
		{[]string{"/icon.png"}, "LOC-1 "},
		{[]string{"icon.png/x"}, "LOC-1 icon.png"},
		{[]string{"logo.png", "logo.png/x"}, "TPL-FILE logo.png"},
		{[]string{"de.lproj", "de.lproj/logo.png"}, "TPL-FILE de.lproj"},
		{[]string{"pass.json/x"}, "TPL-FILE pass.json"},
		{[]string{"Logo.png", "logo.png"}, "PKG-6 logo.png"},
	} {
		name := fmt.Sprintf("hostile-%d", number)
		f.put(name+".pass/pass.json", pass("a"))
		for _, object := range c.objects {
			f.put(name+".pass/"+object, image)
		}
		_, err := f.set.Template(t.Context(), name)
		findings, _ := errors.AsType[wallet.Findings](err)
		rule, path, _ := strings.Cut(c.want, " ")
		if len(findings) == 0 || findings[0].Rule != rule || findings[0].Path != name+".pass/"+path {
			t.Errorf("%q: %v, want %s", c.objects, err, c.want)
		}
	}
}

// A crowd of objects is refused by their number, before any of them is read.
func TestACrowdOfObjects(t *testing.T) {
	f := open(t)
	var group sync.WaitGroup
	for part := range 10 {
		group.Go(func() {
			for i := range template.MaxFiles/10 + 1 {
				f.put(fmt.Sprintf("club.pass/.git/%d-%d", part, i), "")
			}
		})
	}
	group.Wait()
	f.put("club.pass/pass.json", pass("one"))
	f.put("other.pass/pass.json", pass("one"))
	_, err := f.set.Template(t.Context(), "club")
	findings, _ := errors.AsType[wallet.Findings](err)
	if len(findings) != 1 || findings[0].Rule != "TPL-SIZE" || findings[0].Path != "club.pass" {
		t.Errorf("%v", err)
	}
	f.template("other")
}
