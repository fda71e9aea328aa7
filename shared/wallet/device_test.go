package wallet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tokenA = wallet.NewPushToken("aa")
	tokenB = wallet.NewPushToken("bb")
)

// version is a package of a pass that was committed at a revision of the store.
func version(serial string, n int64, committed wallet.Revision) wallet.CurrentPackage {
	return wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: "pass.x", SerialNumber: serial}, Version: n, Revision: committed}
}

func registered(t *testing.T, serials ...string) *wallet.Device {
	t.Helper()
	d := &wallet.Device{ReadAt: 10}
	for _, serial := range serials {
		if !d.Register(serial, tokenA, noon) {
			t.Fatalf("%s was registered already", serial)
		}
	}
	return d
}

func TestRegisterIsAnUpsert(t *testing.T) { // WS-REG-2, WS-REG-3, WS-REG-4, P-8
	d := registered(t, "a")
	if d.Register("a", tokenB, noon.Add(time.Hour)) {
		t.Error("the second registration claims to be new")
	}
	if d.PushToken != tokenB || !d.TokenConfirmed.Equal(noon.Add(time.Hour)) {
		t.Error("the token of the second request is not stored with its time")
	}
	if len(d.Passes) != 1 {
		t.Errorf("%d rows instead of one", len(d.Passes))
	}
}

func TestRegistrationCountsAsAChange(t *testing.T) { // P-6, P-7
	d := registered(t, "a")
	tag := d.Tag()
	d.Present(tag)
	d.Register("b", tokenA, noon)
	if got := d.ChangedSince(tag); !slices.Equal(got, []string{"b"}) {
		t.Errorf("after the tag %v: %v, want the new registration", tag, got)
	}
	if !d.NeedsPush(noon) {
		t.Error("the new registration earns no push")
	}
}

func TestNewTokenEarnsAPush(t *testing.T) {
	d := registered(t, "a")
	d.PushTaken(tokenA, d.Tag(), noon)
	d.Present(d.Tag())
	d.Register("a", tokenA, noon)
	if d.NeedsPush(noon) {
		t.Error("the same token again earns a push")
	}
	d.Register("a", tokenB, noon)
	if !d.NeedsPush(noon) {
		t.Error("a new token earns no push")
	}
}

func TestChanged(t *testing.T) {
	for _, c := range []struct {
		name string
		pkg  wallet.CurrentPackage
		want bool
	}{
		{"committed before the registration", version("a", 3, 10), false},
		{"committed after the registration", version("a", 3, 11), true},
		{"of a pass that is not registered", version("b", 3, 11), false},
	} {
		d := registered(t, "a")
		before := d.Sequence
		if got := d.Changed(c.pkg); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if moved := d.Sequence > before; moved != c.want {
			t.Errorf("%s: the sequence moved: %v", c.name, moved)
		}
	}
}

func TestChangedTwiceIsNoNews(t *testing.T) {
	d := registered(t, "a")
	d.Changed(version("a", 2, 11))
	sequence := d.Sequence
	if d.Changed(version("a", 2, 11)) || d.Changed(version("a", 1, 9)) || d.Sequence != sequence {
		t.Error("the same or an older version counts as a change")
	}
}

func TestCommittedAtSurvivesLaterWritesOfTheRecord(t *testing.T) {
	pkg := version("a", 3, 10).Same()
	pkg.Revision = 99 // the record was written again after the registration, with the same version
	if d := registered(t, "a"); d.Changed(pkg) {
		t.Error("a rewritten record looks like a new version")
	}
}

func TestChangedSince(t *testing.T) { // WS-LIST-2, 3, 10 to 13, P-55
	d := registered(t, "a", "b", "c") // sequences 1, 2, 3
	all := []string{"a", "b", "c"}
	for _, c := range []struct {
		name string
		tag  wallet.UpdateTag
		want []string
	}{
		{"absent", wallet.UpdateTag{}, all},
		{"the newest", d.Tag(), nil},
		{"in between", wallet.UpdateTag{Epoch: d.Epoch, Sequence: 1}, []string{"b", "c"}},
		{"another epoch", wallet.UpdateTag{Epoch: "other", Sequence: 3}, all},
		{"the future", wallet.UpdateTag{Epoch: d.Epoch, Sequence: 4}, all},
	} {
		if got := d.ChangedSince(c.tag); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDeliveredMeansPresented(t *testing.T) {
	d := registered(t, "a")
	d.PushTaken(tokenA, d.Tag(), noon)
	d.ChangedSince(wallet.UpdateTag{}) // listed
	if !d.Behind() {
		t.Error("pushed and listed counts as delivered")
	}
	if d.Present(wallet.UpdateTag{Epoch: "other", Sequence: 1}) || d.Present(wallet.UpdateTag{Epoch: d.Epoch, Sequence: 9}) {
		t.Error("a tag of another epoch or from the future counts")
	}
	if !d.Present(d.Tag()) || d.Behind() {
		t.Error("the presented tag does not count")
	}
	if d.Present(d.Tag()) {
		t.Error("the same tag again is news")
	}
}

// What a device was told is worth a write once for each change, and not when it knows already.
func TestToldOnceOfEachChange(t *testing.T) {
	d := registered(t, "a", "b")
	all := []string{"a", "b"}
	if !d.Tell(all, d.ReadAt) || !d.Contact.Listed.Equal(d.ReadAt.Time()) {
		t.Errorf("the first list: %+v", d.Contact)
	}
	if d.Tell(all, d.ReadAt) || d.Tell(nil, d.ReadAt) {
		t.Error("the same list again is news")
	}
	d.Present(d.Tag())
	d.ReadAt += 10
	d.Changed(wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: d.ID.PassTypeIdentifier, SerialNumber: "a"}, Version: 2, Revision: d.ReadAt})
	if d.Tell([]string{"b"}, d.ReadAt) {
		t.Error("what it has shown to know is news")
	}
	d.ReadAt++
	if !d.Tell(all, d.ReadAt) || !d.Contact.Listed.Equal(d.ReadAt.Time()) {
		t.Errorf("a list of a change: %+v", d.Contact)
	}
}

func TestPushedAgainWithGrowingGaps(t *testing.T) {
	d := registered(t, "a")
	now := noon
	var gaps []time.Duration
	for range 5 {
		if !d.NeedsPush(now) {
			t.Fatalf("no push at %v", now)
		}
		d.PushTaken(tokenA, d.Tag(), now)
		if d.NeedsPush(d.PushDue.Add(-time.Second)) {
			t.Error("pushed again too early")
		}
		gaps = append(gaps, d.PushDue.Sub(now))
		now = d.PushDue
	}
	want := []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour}
	if !slices.Equal(gaps, want) {
		t.Errorf("gaps %v, want %v", gaps, want)
	}
	for range 100 {
		d.PushTaken(tokenA, d.Tag(), now)
		now = now.Add(24 * time.Hour)
	}
	if d.NeedsPush(now.Add(1000 * time.Hour)) {
		t.Error("a silent device is pushed to for ever")
	}
	d.Changed(version("a", 2, 11))
	if !d.NeedsPush(now) {
		t.Error("a change does not start again")
	}
}

func TestPushIsNotRepeatedOncePresented(t *testing.T) {
	d := registered(t, "a")
	d.PushTaken(tokenA, d.Tag(), noon)
	d.Present(d.Tag())
	if d.NeedsPush(noon.Add(48 * time.Hour)) {
		t.Error("a delivered change is pushed again")
	}
}

func TestAnswerAboutAnEarlierChangeDoesNotCoverALaterOne(t *testing.T) {
	d := registered(t, "a")
	pushed := d.Tag()
	d.Changed(version("a", 2, 11)) // while the push was on its way
	d.PushTaken(tokenA, pushed, noon)
	if !d.NeedsPush(noon) {
		t.Error("the later change gets no push")
	}
}

func TestTokenGone(t *testing.T) { // P-9, scenario 13
	for _, c := range []struct {
		name  string
		token wallet.PushToken
		since time.Time
		gone  bool
	}{
		{"newer than the confirmation", tokenA, noon.Add(time.Second), true},
		{"as old as the confirmation", tokenA, noon, false},
		{"older than the confirmation", tokenA, noon.Add(-time.Second), false},
		{"about a token replaced since", tokenB, noon.Add(time.Second), false},
		{"without a timestamp", tokenA, time.Time{}, false},
	} {
		d := registered(t, "a")
		if got := d.TokenGone(c.token, c.since); got != c.gone {
			t.Errorf("%s: %v", c.name, got)
		}
		if empty := len(d.Passes) == 0; empty != c.gone {
			t.Errorf("%s: registrations gone: %v", c.name, empty)
		}
	}
}

func TestRefusedTokenWaitsForTheDevice(t *testing.T) {
	d := registered(t, "a")
	d.RefuseToken(tokenB, noon)
	if d.TokenRefused {
		t.Error("an answer about another token counts")
	}
	d.RefuseToken(tokenA, noon)
	if d.NeedsPush(noon) {
		t.Error("pushed to a refused token")
	}
	d.Register("a", tokenA, noon)
	if !d.NeedsPush(noon) {
		t.Error("the device's confirmation does not lift the refusal")
	}
}

func TestRefusalOlderThanTheConfirmation(t *testing.T) {
	d := registered(t, "a")
	if d.RefuseToken(tokenA, noon.Add(-time.Second)) || d.TokenRefused {
		t.Error("the device has confirmed the token since APNs was asked")
	}
}

func TestAnswerAboutAnEarlierLifeOfTheRecord(t *testing.T) {
	before := registered(t, "a")
	for n := range int64(7) {
		before.Changed(version("a", n+1, wallet.Revision(n+11)))
	}
	d := registered(t, "a") // unregistered and registered again while a push was on its way
	if d.PushTaken(tokenA, before.Tag(), noon) || !d.NeedsPush(noon) {
		t.Error("the answer silences the new record")
	}
}

func TestNoPackageIsNoChange(t *testing.T) {
	if d := registered(t, "a"); d.Changed(version("a", 0, 99)) {
		t.Error("a record without a package counts as a change")
	}
}

func TestSecondLifeOfARecordHasAnotherEpoch(t *testing.T) {
	first, second := registered(t, "a"), registered(t, "a")
	if first.Epoch == second.Epoch {
		t.Error("two records share an epoch")
	}
}

// P-55: the record is back at what the phone holds the tags of.
func TestRenewedAfterARestore(t *testing.T) {
	d := registered(t, "a", "b")
	d.ReadAt = wallet.Revision(noon.UnixMicro())
	held := d.Tag()
	d.Present(held)
	d.PushTaken(d.PushToken, held, noon)
	if !d.Renew("R1") || d.Renew("R1") {
		t.Error("not renewed once")
	}
	if d.Epoch == held.Epoch || !d.NeedsPush(noon) || !d.PushDue.Equal(noon) || !d.Behind() {
		t.Errorf("told of nothing: %+v", d)
	}
	for _, tag := range []wallet.UpdateTag{held, {Epoch: held.Epoch, Sequence: held.Sequence - 1}, {Epoch: held.Epoch, Sequence: held.Sequence + 1}, {}} {
		if got := d.ChangedSince(tag); len(got) != 2 || d.Present(tag) {
			t.Errorf("%v is told of %v", tag, got)
		}
	}
	if parsed := wallet.ParseUpdateTag(d.Tag().String()); parsed != d.Tag() || d.ChangedSince(parsed) != nil || !d.Present(parsed) || d.Behind() {
		t.Errorf("its new tag, %v, is worth nothing", d.Tag())
	}
	if first := d.Epoch; !d.Renew("R2") || strings.HasPrefix(d.Epoch, first) {
		t.Error("not renewed by another restoration")
	}
	if d := new(wallet.Device); d.Renew("R1") || d.Epoch != "" {
		t.Errorf("nobody was renewed: %+v", d)
	}
	d.RefuseToken(d.PushToken, d.TokenConfirmed)
	if d.Renew("R3"); !d.PushDue.IsZero() {
		t.Error("a push is due to a token that is refused")
	}
}

// A phone may be known under two identifiers, and show the tag of one with the other.
func TestEpochsOfOneRestorationDiffer(t *testing.T) {
	d, other := registered(t, "a"), registered(t, "a")
	d.Renew("R1")
	other.Renew("R1")
	if d.Epoch == other.Epoch {
		t.Errorf("both are in %s", d.Epoch)
	}
}
