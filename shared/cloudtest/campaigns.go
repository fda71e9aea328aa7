package cloudtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

func campaignRecord(t *testing.T, s Store) {
	id := wallet.CampaignID{PassTypeIdentifier: freshPassType(), Template: "card-1.2_x"}
	read := func() wallet.Campaign {
		t.Helper()
		c, err := s.Campaign(t.Context(), id)
		ok(t, err)
		return c
	}
	save := func(c wallet.Campaign) wallet.Campaign {
		t.Helper()
		revision, err := s.SaveCampaign(t.Context(), c)
		ok(t, err)
		c.Revision = revision
		wantEqual(t, read(), c)
		return c
	}
	wantEqual(t, read(), wallet.Campaign{ID: id})
	var full wallet.Campaign
	fill(t, &full)
	full.ID, full.Revision, full.Watch = id, 0, 90*time.Second
	first := save(full)
	if again := save(first); again.Revision != first.Revision {
		t.Errorf("saved unchanged: revision %d, want the old one %d", again.Revision, first.Revision)
	}
	second := save(wallet.Campaign{ID: id, Revision: first.Revision})
	_, err := s.SaveCampaign(t.Context(), first)
	wantKind(t, "a write on an old revision", err, wallet.ErrConflict)
	_, err = s.SaveCampaign(t.Context(), wallet.Campaign{ID: id})
	wantKind(t, "a second creation", err, wallet.ErrConflict)
	wantEqual(t, read(), second)

	bad := wallet.CampaignID{PassTypeIdentifier: id.PassTypeIdentifier, Template: "a/b"}
	_, err = s.Campaign(t.Context(), bad)
	wantKind(t, "reading a bad name", err, wallet.ErrInvalid)
	_, err = s.SaveCampaign(t.Context(), wallet.Campaign{ID: bad})
	wantKind(t, "saving a bad name", err, wallet.ErrInvalid)
}

func campaignsFound(t *testing.T, s Store) {
	passType, other := freshPassType(), freshPassType()
	name := func(passType, template string) wallet.CampaignID {
		return wallet.CampaignID{PassTypeIdentifier: passType, Template: template}
	}
	want := []wallet.CampaignID{name(passType, "a"), name(passType, "b"), name(other, "a")}
	for _, i := range []int{2, 1, 0} {
		_, err := s.SaveCampaign(t.Context(), wallet.NewCampaign(want[i]))
		ok(t, err)
	}
	if other < passType {
		want = []wallet.CampaignID{want[2], want[0], want[1]}
	}
	var got []wallet.CampaignID
	for c, err := range s.Campaigns(t.Context()) {
		ok(t, err)
		if c.ID.PassTypeIdentifier != passType && c.ID.PassTypeIdentifier != other {
			continue
		}
		got = append(got, c.ID)
		if c.Revision == 0 || c.State != wallet.CampaignRunning {
			t.Errorf("found %+v", c)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func templatePackages(t *testing.T, s Store) {
	id := wallet.CampaignID{PassTypeIdentifier: freshPassType(), Template: "card"}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(16)
	write := func(passType, serial, template string) {
		group.Go(func() error {
			_, err := s.SavePackage(ctx, wallet.CurrentPackage{
				ID: wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}, Version: 1, Template: template,
			})
			return err
		})
	}
	for i := range 40 {
		write(id.PassTypeIdentifier, fmt.Sprintf("s-%02d", i), []string{"card", "other"}[i%2])
	}
	write(freshPassType(), "s-00", "card")
	ok(t, group.Wait())
	n, err := s.CountTemplatePackages(t.Context(), id)
	if ok(t, err); n != 20 {
		t.Errorf("%d packages are counted, want 20", n)
	}
	serials := func(after, until string, limit int) []string {
		t.Helper()
		var found []string
		for pkg, err := range s.TemplatePackages(t.Context(), id, after, until, limit) {
			ok(t, err)
			if pkg.Template != "card" || pkg.ID.PassTypeIdentifier != id.PassTypeIdentifier || pkg.Revision == 0 {
				t.Errorf("found %+v", pkg)
			}
			found = append(found, pkg.ID.SerialNumber)
		}
		return found
	}
	for _, test := range []struct {
		after, until string
		limit        int
		want         []string
	}{
		{"", "", 3, []string{"s-00", "s-02", "s-04"}},
		{"s-04", "", 2, []string{"s-06", "s-08"}},
		{"s-05", "", 1, []string{"s-06"}}, // which has another template
		{"", "s-04", 100, []string{"s-00", "s-02", "s-04"}},
		{"s-02", "s-06", 100, []string{"s-04", "s-06"}},
		{"s-36", "", 100, []string{"s-38"}},
		{"s-38", "", 100, nil},
	} {
		if got := serials(test.after, test.until, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("after %q up to %q: %v, want %v", test.after, test.until, got, test.want)
		}
	}
	if all := serials("", "", 100); len(all) != 20 || !slices.IsSorted(all) {
		t.Errorf("all are %v", all)
	}
}

func campaignConcurrency(t *testing.T, s Store) {
	id := wallet.CampaignID{PassTypeIdentifier: freshPassType(), Template: "card"}
	_, err := s.SaveCampaign(t.Context(), wallet.NewCampaign(id))
	ok(t, err)
	group, ctx := errgroup.WithContext(t.Context())
	for range 4 {
		group.Go(func() error { return complain(ctx, s, id) })
	}
	ok(t, group.Wait())
	c, err := s.Campaign(t.Context(), id)
	if ok(t, err); c.Complaints != 4 {
		t.Errorf("%d of 4 changes are kept", c.Complaints)
	}
}

func complain(ctx context.Context, s Store, id wallet.CampaignID) error {
	seen, err := s.Campaign(ctx, id)
	if err != nil {
		return err
	}
	_, err = wallet.UpdateCampaign(ctx, s, seen, func(c *wallet.Campaign) bool {
		c.Complaints++
		return true
	})
	return err
}
