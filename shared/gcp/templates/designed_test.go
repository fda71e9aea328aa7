package templates_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// designed is a pass.json as Pass Designer saves it.
const designed = `{"formatVersion": 1, "passTypeIdentifier": "pass.com.designer", "description": "Club", "organizationName": "Club",
	"generic": {"primaryFields": [{"_id": "1", "key": "member", "value": "Ada Example"}]}}`

func TestATemplateOfPassDesigner(t *testing.T) {
	f := open(t)
	f.put("club.pkpasstemplate/pass.json", designed)
	f.put("club.pkpasstemplate/icon.png", square(t, 38))
	f.put("club.pkpasstemplate/tooling.json", "{}")
	f.put("club.pkpasstemplate/logo.pdf", "%PDF")
	got := f.template("club")
	if got.Name() != "club" || !slices.Equal(got.Fields(), []string{"member"}) || len(got.ImageSizes()) != 1 {
		t.Errorf("%s, fields %q, images %v", got.Name(), got.Fields(), got.ImageSizes())
	}
	if left := got.Warnings(); len(left) != 2 || left[0].Path != "club.pkpasstemplate/logo.pdf" || left[1].Path != "club.pkpasstemplate/pass.json#/passTypeIdentifier" {
		t.Errorf("left out: %v", left)
	}
	first := got.Revision()
	f.put("club.pkpasstemplate/pass.json", strings.ReplaceAll(designed, "Ada", "Zoë"))
	f.now = f.now.Add(time.Minute)
	if f.template("club").Revision() == first {
		t.Error("a change is not seen")
	}
}

// Whoever goes on from a designed template in Apple's source layout has one of the two folders too many for a while.
func TestTwoFoldersOfOneName(t *testing.T) {
	f := open(t)
	f.put("club.pkpasstemplate/pass.json", designed)
	f.template("club")
	f.put("club.pass/pass.json", pass("one"))
	f.now = f.now.Add(time.Minute)
	_, err := f.set.Template(t.Context(), "club")
	findings, _ := errors.AsType[wallet.Findings](err)
	if len(findings) != 1 || findings[0].Rule != "TPL-NAME" || findings[0].Path != "club.pkpasstemplate" {
		t.Errorf("both: %v", err)
	}
	f.delete("club.pkpasstemplate/pass.json")
	if got := f.template("club"); !slices.Equal(got.Placeholders(), []string{"one"}) {
		t.Errorf("placeholders %q", got.Placeholders())
	}
}
