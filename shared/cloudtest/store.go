// Package cloudtest is the one suite that the cloud in memory and the cloud itself must pass. What it asserts is what the
// rest of the system may assume of a store, a bucket and a bus; a promise that is not tested here is not one.
//
// Each test uses pass types of its own, so that many may share one emulator.
package cloudtest

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A Store keeps the three records of section "Data": documents, packages and devices. They share one primitive: read,
// and compare-and-set on the revision that was read. So does what the sweep keeps of its own, how far it has walked. A
// personalization is created together with a package record's change.
type Store interface {
	Document(context.Context, wallet.PassID) (wallet.DocumentSnapshot, error)
	SaveDocument(context.Context, wallet.DocumentSnapshot) (wallet.Revision, error)

	CurrentPackage(context.Context, wallet.PassID) (wallet.CurrentPackage, error)
	SavePackage(context.Context, wallet.CurrentPackage) (wallet.Revision, error)

	Personalization(context.Context, wallet.PassID) (wallet.Personalization, error)
	SavePersonalization(context.Context, wallet.Personalization, wallet.CurrentPackage) (wallet.Revision, error)

	Device(context.Context, wallet.DeviceID) (wallet.Device, error)
	SaveDevice(context.Context, wallet.Device) (wallet.Revision, error)
	RegisteredDevices(context.Context, wallet.PassID, wallet.Shard) iter.Seq2[wallet.Device, error]
	CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error)

	DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error]
	DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error)
	CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error]
	Walk(ctx context.Context, name string) (wallet.Walk, error)
	SaveWalk(context.Context, wallet.Walk) (wallet.Revision, error)

	Campaign(context.Context, wallet.CampaignID) (wallet.Campaign, error)
	SaveCampaign(context.Context, wallet.Campaign) (wallet.Revision, error)
	Campaigns(context.Context) iter.Seq2[wallet.Campaign, error]
	CountTemplatePackages(context.Context, wallet.CampaignID) (int64, error)
	TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error]
}

// TestSpoiltPackage tests what becomes of a package record that spoil makes unreadable, as somebody may in the console.
func TestSpoiltPackage(t *testing.T, s Store, spoil func(wallet.PassID)) {
	pkg, other := filledPackage(t), filledPackage(t)
	other.ID = wallet.PassID{PassTypeIdentifier: pkg.ID.PassTypeIdentifier, SerialNumber: "serial-2"}
	pkg, other = writePackage(t, s, pkg), writePackage(t, s, other)
	spoil(pkg.ID)

	_, err := s.CurrentPackage(t.Context(), pkg.ID)
	wantKind(t, "CurrentPackage", err, wallet.ErrUnreadable)
	if errors.Is(err, wallet.ErrInvalid) || errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("%v: a message about the pass would be acknowledged", err)
	}
	wantEqual(t, readPackage(t, s, other.ID), other)

	met := 0
	for found, err := range s.CurrentPackages(t.Context(), "", "") {
		switch found.ID {
		case pkg.ID:
			met++
			wantKind(t, "CurrentPackages", err, wallet.ErrInvalid)
		case other.ID:
			met++
			ok(t, err)
		}
	}
	if met != 2 {
		t.Errorf("met %d packages, want both", met)
	}
}

// TestStore tests the store that open returns. Each subtest opens it anew; all may be the same store.
func TestStore(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"a document that is absent has revision 0, and the time of the read", documentAbsent},
		{"a document is created only where there is none", documentCreate},
		{"a document written meanwhile is a conflict, and stays as it is", documentConflict},
		{"a document saved unchanged keeps its revision", documentUnchanged},
		{"a document is replaced whole", documentReplaced},
		{"a document's values come back as they went", documentValues},
		{"a document's foreign values are refused", documentForeignValues},
		{"a document's tombstone is saved, whatever the document holds", documentTombstone},
		{"a document is a copy, on the way in and on the way out", documentCopied},
		{"an absence is older than the document that follows it", absenceOrder},
		{"revisions rise with every change, across kinds of record", revisionOrder},

		{"a package that is absent has only its identifier", packageAbsent},
		{"a package's every field comes back", packageFields},
		{"a package written meanwhile is a conflict, and stays as it is", packageConflict},
		{"a package saved unchanged keeps its revision", packageUnchanged},
		{"a package forgets what was removed", packageReplaced},
		{"a package is a copy, on the way in and on the way out", packageCopied},

		{"a personalization is kept, and the package record says so", personalizationKept},
		{"of a personalization and its package record, both are written or neither", personalizationConflict},
		{"a pass is personalized once, whoever asks at the same time", personalizationConcurrency},
		{"a personalization is a copy, on the way in and on the way out", personalizationCopied},
		{"what a personalization says never reaches an error", personalizationSecrets},

		{"a device that is absent has revision 0, and the time of the read", deviceAbsent},
		{"a device's every field comes back", deviceFields},
		{"a device written meanwhile is a conflict, and stays as it is", deviceConflict},
		{"a device saved unchanged keeps its revision", deviceUnchanged},
		{"a device is a copy, on the way in and on the way out", deviceCopied},
		{"a device registers, takes a new push token and unregisters", deviceLife},
		{"a device without passes does not exist", deviceWithoutPasses},
		{"a deletion is guarded like any other write", deviceDeletionConflict},
		{"of sixteen writers none is lost", deviceConcurrency},
		{"a device's push token and identifier never reach an error", deviceSecrets},

		{"the devices of a pass are found, all and no others", registeredDevices},
		{"the devices of a pass are counted, up to a limit", countDevices},
		{"the devices of a pass are found and counted in shards", registeredShards},
		{"the devices of a pass are met, whoever comes and goes meanwhile", registeredMeanwhile},
		{"the devices of a pass come with what a guarded write needs", registeredDevicesWrite},
		{"the devices of a pass are read no further than they are asked for", registeredDevicesStop},

		{"the devices with a push due are found, the longest due first", devicesDueOldestFirst},
		{"the devices with a push due are found, all and once", devicesDuePages},
		{"the devices with a push due come with what a guarded write needs", devicesDueWrite},
		{"the devices with a push due are read no further than they are asked for", devicesDueStop},
		{"a walk in pages meets every document once, in order", documentRevisions},
		{"the packages between two places of the walk are read in its order, those without a document too", currentPackages},
		{"packages are read in pages", currentPackagesPages},
		{"how far each walk of the sweep has come is written like any record", walkRecord},

		{"a campaign is written like any record", campaignRecord},
		{"of the changes of a campaign none is lost", campaignConcurrency},
		{"all campaigns are found, in order", campaignsFound},
		{"the packages of a template are found in pages and between two places, and counted", templatePackages},

		{"identifiers that are no names are refused", identifiers},
		{"a context that has ended stops every call", endedContext},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// freshPassType returns a pass type that no other test uses.
func freshPassType() string { return "pass.com.example." + strings.ToLower(rand.Text()) }

func freshPass() wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: freshPassType(), SerialNumber: "serial-1"}
}

func freshDevice() wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: freshPassType(), DeviceLibraryIdentifier: "device-1"}
}

func identifiers(t *testing.T, s Store) {
	for _, serial := range []string{"", ".", "..", "__all__", "a/b", "a b", strings.Repeat("x", 65)} {
		id := wallet.PassID{PassTypeIdentifier: freshPassType(), SerialNumber: serial}
		_, err := s.Document(t.Context(), id)
		wantKind(t, "Document "+serial, err, wallet.ErrInvalid)
		_, err = s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: id})
		wantKind(t, "SaveDocument "+serial, err, wallet.ErrInvalid)
		_, err = s.CurrentPackage(t.Context(), id)
		wantKind(t, "CurrentPackage "+serial, err, wallet.ErrInvalid)
		_, err = s.SavePackage(t.Context(), wallet.CurrentPackage{ID: id})
		wantKind(t, "SavePackage "+serial, err, wallet.ErrInvalid)
		_, err = s.Personalization(t.Context(), id)
		wantKind(t, "Personalization "+serial, err, wallet.ErrInvalid)
		_, err = s.SavePersonalization(t.Context(), wallet.Personalization{ID: id}, wallet.CurrentPackage{ID: freshPass()})
		wantKind(t, "SavePersonalization "+serial, err, wallet.ErrInvalid)
		for _, err := range s.RegisteredDevices(t.Context(), id, wallet.Shard{}) {
			wantKind(t, "RegisteredDevices "+serial, err, wallet.ErrInvalid)
		}
		_, err = s.CountDevices(t.Context(), id, wallet.Shard{}, 1)
		wantKind(t, "CountDevices "+serial, err, wallet.ErrInvalid)
	}
	for _, bound := range []wallet.DeviceLibraryIdentifier{"..", "a/b", "__a__", wallet.DeviceLibraryIdentifier(strings.Repeat("x", 129))} {
		for _, shard := range []wallet.Shard{{After: bound}, {Until: bound}} {
			for _, err := range s.RegisteredDevices(t.Context(), freshPass(), shard) {
				wantKind(t, "RegisteredDevices in a shard", err, wallet.ErrInvalid)
			}
			_, err := s.CountDevices(t.Context(), freshPass(), shard, 1)
			wantKind(t, "CountDevices in a shard", err, wallet.ErrInvalid)
		}
	}
	for _, name := range []string{"", "..", "a/b", strings.Repeat("x", 129)} {
		id := freshDevice()
		id.DeviceLibraryIdentifier = wallet.DeviceLibraryIdentifier(name)
		_, err := s.Device(t.Context(), id)
		wantKind(t, "Device "+name, err, wallet.ErrInvalid)
		_, err = s.SaveDevice(t.Context(), wallet.Device{ID: id})
		wantKind(t, "SaveDevice "+name, err, wallet.ErrInvalid)
	}
}

func endedContext(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pass, device := freshPass(), freshDevice()
	_, err := s.Document(ctx, pass)
	failed(t, "Document", err)
	doc := wallet.DocumentSnapshot{ID: pass, Fields: map[string]any{"template": "stamps"}}
	_, err = s.SaveDocument(ctx, doc)
	failed(t, "SaveDocument", err)
	_, err = s.CurrentPackage(ctx, pass)
	failed(t, "CurrentPackage", err)
	_, err = s.SavePackage(ctx, wallet.CurrentPackage{ID: pass, Version: 1})
	failed(t, "SavePackage", err)
	_, err = s.Personalization(ctx, pass)
	failed(t, "Personalization", err)
	_, err = s.SavePersonalization(ctx, wallet.Personalization{ID: pass}, wallet.CurrentPackage{ID: pass, Version: 1})
	failed(t, "SavePersonalization", err)
	_, err = s.Device(ctx, device)
	failed(t, "Device", err)
	_, err = s.SaveDevice(ctx, wallet.Device{ID: device})
	failed(t, "SaveDevice", err)
	for _, err := range s.RegisteredDevices(ctx, pass, wallet.Shard{}) {
		failed(t, "RegisteredDevices", err)
	}
	_, err = s.CountDevices(ctx, pass, wallet.Shard{}, 1)
	failed(t, "CountDevices", err)
	for _, err := range s.DevicesDue(ctx, someTime) {
		failed(t, "DevicesDue", err)
	}
	for _, err := range s.CurrentPackages(ctx, "", "") {
		failed(t, "CurrentPackages", err)
	}
	_, _, err = s.DocumentRevisions(ctx, "", 1)
	failed(t, "DocumentRevisions", err)
	_, err = s.Walk(ctx, wallet.WalkDocuments)
	failed(t, "Walk", err)
	_, err = s.SaveWalk(ctx, wallet.Walk{Name: wallet.WalkDocuments})
	failed(t, "SaveWalk", err)
}

func wantKind(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: error %v, want %v", what, err, kind)
	}
}

func failed(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
