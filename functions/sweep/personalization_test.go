package sweep_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A sign-up whose announcements were lost: the business is told, and the form leaves the pass.
func TestASignUpWhoseFormIsStillThereIsAnnounced(t *testing.T) {
	form := []string{"PKPassPersonalizationFieldName"}
	for name, c := range map[string]struct {
		form, later []string // in the package at the sign-up, and in the one after it, if any
		signsUp     bool
		after       time.Duration
		want        string
	}{
		"lost":                 {form, nil, true, grace, "personalized a changed a"},
		"within the grace":     {form, nil, true, grace - time.Microsecond, ""},
		"with the form still":  {form, form, true, grace, "personalized a changed a"},
		"made without it":      {form, []string{}, true, grace - time.Second, ""},
		"nobody has signed up": {form, nil, false, grace - time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.write("a")
			pack := func(form []string) {
				h.packaged("a", func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
					next := pkg.Next(h.now)
					next.RequiredPersonalizationFields = form
					return next
				})
			}
			pack(c.form)
			if c.signsUp {
				pkg, err := h.CurrentPackage(t.Context(), id("a"))
				h.check(err)
				_, err = h.SavePersonalization(t.Context(), wallet.Personalization{ID: id("a")}, pkg.Personalize(h.now, "digest"))
				h.check(err)
			}
			if c.later != nil {
				pack(c.later)
			}
			h.now = h.now.Add(c.after)
			h.post()
			if got := strings.Join(h.announced, " "); got != c.want {
				t.Errorf("announced %q, want %q", got, c.want)
			}
		})
	}
}

// A form that cannot leave its package, because the document is refused: the business is told at three ages and then left alone,
// and the packager is asked each time.
func TestASignUpWhoseFormStaysIsNotAnnouncedForEver(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.packaged("a", func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Next(h.now)
		next.RequiredPersonalizationFields = []string{"PKPassPersonalizationFieldName"}
		return next
	})
	pkg, err := h.CurrentPackage(t.Context(), id("a"))
	h.check(err)
	_, err = h.SavePersonalization(t.Context(), wallet.Personalization{ID: id("a")}, pkg.Personalize(h.now, "digest"))
	h.check(err)
	var told []time.Duration
	asked := 0
	for h.now = noon.Add(time.Hour); h.now.Before(noon.AddDate(0, 0, 5)); h.now = h.now.Add(6 * time.Hour) {
		got, _ := h.sweep()
		if strings.Contains(got, "personalized a") {
			told = append(told, h.now.Sub(noon))
		}
		asked += strings.Count(got, "changed a")
	}
	if want := []time.Duration{time.Hour, 7 * time.Hour, 25 * time.Hour}; !slices.Equal(told, want) || asked != 20 {
		t.Errorf("the business was told after %v, want %v; the packager was asked %d times, want 20", told, want, asked)
	}
}
