package store_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"google.golang.org/genproto/googleapis/type/latlng"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/wallet"
)

func freshPass() wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: "pass.com.example." + strings.ToLower(rand.Text()), SerialNumber: "serial-1"}
}

func deviceID(pass wallet.PassID, name string) wallet.DeviceID {
	return wallet.DeviceID{
		PassTypeIdentifier:      pass.PassTypeIdentifier,
		DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name),
	}
}

// googleClient is Firestore as a business app and an operator see it.
func googleClient(t *testing.T) *firestore.Client {
	t.Helper()
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	client, err := firestore.NewClient(t.Context(), project)
	check(t, err)
	t.Cleanup(func() { check(t, client.Close()) })
	return client
}

func document(client *firestore.Client, collection string, id wallet.PassID) *firestore.DocumentRef {
	return client.Collection("passTypes").Doc(id.PassTypeIdentifier).Collection(collection).Doc(id.SerialNumber)
}

func TestATimestampOfABusinessAppIsRFC3339(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	expiry := time.Date(2027, 1, 31, 18, 0, 0, 123456000, time.FixedZone("CET", 3600))
	written, err := document(client, "passes", id).Create(t.Context(), map[string]any{
		"template": "stamps", "expirationDate": expiry, "data": map[string]any{"visits": []any{expiry}},
	})
	check(t, err)
	doc, err := s.Document(t.Context(), id)
	check(t, err)
	const want = "2027-01-31T17:00:00.123456Z"
	wantFields := map[string]any{
		"template": "stamps", "expirationDate": want, "data": map[string]any{"visits": []any{want}},
	}
	if !reflect.DeepEqual(doc.Fields, wantFields) {
		t.Errorf("fields %v, want %v", doc.Fields, wantFields)
	}
	if _, findings := wallet.ParseDocument(doc.Fields); findings.Err() != nil {
		t.Error(findings)
	}
	if doc.Revision != wallet.Revision(written.UpdateTime.UnixMicro()) {
		t.Errorf("revision %d, want the update time %v in microseconds", doc.Revision, written.UpdateTime)
	}
}

func TestForeignValuesOfABusinessAppAreFoundByPath(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	_, err := document(client, "passes", id).Create(t.Context(), map[string]any{"template": "stamps", "data": map[string]any{
		"bytes":     []byte("x"),
		"reference": client.Collection("a").Doc("b"),
		"place":     &latlng.LatLng{Latitude: 1, Longitude: 2},
		"nan":       math.NaN(),
		"infinity":  []any{math.Inf(-1)},
		"vector":    firestore.Vector64{1, 2},
	}})
	check(t, err)
	doc, err := s.Document(t.Context(), id)
	check(t, err)
	_, findings := wallet.ParseDocument(doc.Fields)
	found := make(map[string]bool)
	for _, f := range findings {
		found[f.Path] = true
	}
	for _, path := range []string{
		"/data/bytes", "/data/reference", "/data/place", "/data/nan", "/data/infinity/0", "/data/vector/__type__",
	} {
		if !found[path] {
			t.Errorf("nothing found at %s, but %v", path, findings)
		}
	}
	if _, err := s.SaveDocument(t.Context(), doc); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("saving foreign values: %v, want %v", err, wallet.ErrInvalid)
	}
	if text, err := json.Marshal(doc.Fields); err != nil || !strings.Contains(string(text), `"nan":"NaN"`) || !strings.Contains(string(text), `"place":"1, 2"`) {
		t.Errorf("shown as %s, %v", text, err)
	}
	if _, err := s.SaveDocument(t.Context(), doc.Delete()); err != nil {
		t.Errorf("saving the tombstone: %v", err)
	}
}

func TestFieldsOfABusinessAppAreReplacedToo(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	_, err := document(client, "passes", id).Create(t.Context(), map[string]any{"template": "stamps", "not ours": 1})
	check(t, err)
	doc, err := s.Document(t.Context(), id)
	check(t, err)
	doc.Fields = map[string]any{"template": "coupon"}
	_, err = s.SaveDocument(t.Context(), doc)
	check(t, err)
	now, err := document(client, "passes", id).Get(t.Context())
	check(t, err)
	if !reflect.DeepEqual(now.Data(), map[string]any{"template": "coupon"}) {
		t.Errorf("stored %v", now.Data())
	}
}

func TestADeletedDocumentIsAConflict(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	_, err := document(client, "passes", id).Create(t.Context(), map[string]any{"template": "stamps"})
	check(t, err)
	doc, err := s.Document(t.Context(), id)
	check(t, err)
	_, err = document(client, "passes", id).Delete(t.Context())
	check(t, err)
	doc.Fields = map[string]any{"template": "coupon"}
	if _, err := s.SaveDocument(t.Context(), doc); !errors.Is(err, wallet.ErrConflict) {
		t.Errorf("saving over a deletion: %v, want %v", err, wallet.ErrConflict)
	}
}

func TestRecordsAreWrittenInApplesWords(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	_, err := s.SavePackage(t.Context(), wallet.CurrentPackage{
		ID: id, Version: 1, Object: "o", ContentHash: "h", SourceRevision: 2, TemplateRevision: "t", LastModified: noon,
		TokenKeyVersion: 3,
		Problem: &wallet.Problem{Time: noon, SourceRevision: 4, Findings: wallet.Findings{
			{Path: "p", Rule: "r", Severity: "s", Message: "m"},
		}},
		Timeline: []wallet.Event{{Time: noon, Kind: "packaged", Version: 1}},
	})
	check(t, err)
	device := wallet.Device{
		ID:        deviceID(id, "device-1"),
		PushToken: wallet.NewPushToken("token"), TokenConfirmed: noon, Epoch: "e", Sequence: 5,
		Passes: map[string]wallet.RegisteredPass{"b": {Sequence: 5, Version: 6, Since: 7}, "a": {Sequence: 4}},
	}
	_, err = s.SaveDevice(t.Context(), device)
	check(t, err)

	for path, want := range map[string]map[string]any{
		"packages/serial-1": {
			"version": int64(1), "object": "o", "contentHash": "h", "sourceRevision": int64(2), "templateRevision": "t",
			"lastModified": noon, "tokenKeyVersion": int64(3),
			"problem": map[string]any{"time": noon, "sourceRevision": int64(4), "findings": []any{
				map[string]any{"path": "p", "rule": "r", "severity": "s", "message": "m"},
			}},
			"timeline": []any{map[string]any{"time": noon, "event": "packaged", "version": int64(1)}},
		},
		"devices/device-1": {
			"pushToken": "token", "tokenConfirmed": noon, "epoch": "e", "sequence": int64(5),
			"passes": map[string]any{
				"a": map[string]any{"sequence": int64(4)},
				"b": map[string]any{"sequence": int64(5), "version": int64(6), "since": int64(7)},
			},
			"serialNumbers": []any{"a", "b"},
		},
	} {
		doc, err := client.Doc("passTypes/" + id.PassTypeIdentifier + "/" + path).Get(t.Context())
		check(t, err)
		if !reflect.DeepEqual(doc.Data(), want) {
			t.Errorf("%s holds\n%v, want\n%v", path, doc.Data(), want)
		}
	}
}

// A time rises, and a map may hold one: Firestore keeps an index of each that Terraform does not exempt, which takes some 500
// writes a second. A number may rise as well, which nobody sees from here.
func TestWhatRisesInADeviceRecordIsNotIndexed(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	device := wallet.Device{
		ID:        deviceID(id, "device-1"),
		PushToken: wallet.NewPushToken("token"), TokenConfirmed: noon, TokenRefused: true, Epoch: "e", Sequence: 1, Presented: 1, Pushed: 1,
		PushDue: noon, PushCount: 1, Passes: map[string]wallet.RegisteredPass{"a": {}}, Contact: wallet.Contact{Pushed: noon},
	}
	for field, value := range reflect.ValueOf(device).Fields() {
		if value.IsZero() && field.Name != "Revision" && field.Name != "ReadAt" {
			t.Errorf("fill %s, so that it is stored", field.Name)
		}
	}
	_, err := s.SaveDevice(t.Context(), device)
	check(t, err)
	doc, err := client.Doc("passTypes/" + id.PassTypeIdentifier + "/devices/device-1").Get(t.Context())
	check(t, err)
	exempt := unindexed(t, "devices")
	for field, value := range doc.Data() {
		switch value.(type) {
		case time.Time, map[string]any:
			if !slices.Contains(exempt, field) {
				t.Errorf("%s, %v, is indexed: add it to local.unindexed in firestore.tf", field, value)
			}
		}
	}
}

// unindexed returns the fields of a collection of which no index is kept, as terraform/firestore.tf says.
func unindexed(t *testing.T, collection string) []string {
	t.Helper()
	file, diagnostics := hclparse.NewParser().ParseHCLFile("../../../terraform/firestore.tf")
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		if local, ok := block.Body.Attributes["unindexed"]; ok && block.Type == "locals" {
			value, diagnostics := local.Expr.Value(nil)
			if diagnostics.HasErrors() {
				t.Fatal(diagnostics)
			}
			var fields []string
			for _, field := range value.GetAttr(collection).AsValueSlice() {
				fields = append(fields, field.AsString())
			}
			return fields
		}
	}
	t.Fatal("firestore.tf has no local.unindexed")
	return nil
}

func TestARecordOfTheWrongShapeIsAnErrorThatNamesTheField(t *testing.T) {
	client, s := googleClient(t), open(t)
	for field, value := range map[string]any{
		"version":      "one",
		"lastModified": int64(1),
		"problem":      map[string]any{"findings": []any{"text"}},
		"timeline":     []any{map[string]any{"event": true}},
	} {
		id := freshPass()
		_, err := document(client, "packages", id).Create(t.Context(), map[string]any{field: value})
		check(t, err)
		if _, err := s.CurrentPackage(t.Context(), id); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s of %v: error %v", field, value, err)
		}
	}
	for field, value := range map[string]any{
		"pushToken": int64(1),
		"passes":    map[string]any{"serial-1": map[string]any{"sequence": "one"}},
	} {
		id := freshPass()
		fields := map[string]any{field: value, "serialNumbers": []any{id.SerialNumber}}
		_, err := document(client, "devices", id).Create(t.Context(), fields)
		check(t, err)
		d, err := s.Device(t.Context(), deviceID(id, id.SerialNumber))
		if err == nil || !strings.Contains(err.Error(), field) || errors.Is(err, wallet.ErrInvalid) || d.Revision == 0 {
			t.Errorf("%s of %v: error %v beside revision %d", field, value, err, d.Revision)
		}
		found := 0
		for _, err := range s.RegisteredDevices(t.Context(), id, wallet.Shard{}) {
			if found++; err == nil {
				t.Errorf("%s of %v, found: no error", field, value)
			}
		}
		if found != 1 {
			t.Errorf("%s of %v: yielded %d times, want once", field, value, found)
		}
	}
}

// A business may keep collections of its own in the database, and names that are no serial numbers.
func TestWhatOnlyHasTheNameOfOursIsLeftOut(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	longAgo := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, path := range []string{
		"customers/" + id.PassTypeIdentifier + "/passes/1", "passes/1/passes/2", "passTypes/other/passes/1", "passes/1",
		"passTypes/" + id.PassTypeIdentifier + "/passes/not a serial number", "customers/1/orders/2/passes/3",
		"customers/1/devices/" + strings.ToLower(rand.Text()), "devices/" + strings.ToLower(rand.Text()),
		"passTypes/" + id.PassTypeIdentifier + "/devices/not due",
		"passTypes/other/devices/" + strings.ToLower(rand.Text()), "passTypes/" + id.PassTypeIdentifier + "/devices/not a name",
	} {
		_, err := client.Doc(path).Set(t.Context(), map[string]any{"pushDue": longAgo, "passes": 1})
		check(t, err)
	}
	_, err := client.Doc("passTypes/"+id.PassTypeIdentifier+"/devices/not due").Set(t.Context(), map[string]any{"pushDue": "soon"})
	check(t, err)
	_, err = document(client, "passes", id).Create(t.Context(), map[string]any{"template": "stamps"})
	check(t, err)

	var found []wallet.PassID
	for after := ""; ; {
		page, next, err := s.DocumentRevisions(t.Context(), after, 25)
		check(t, err)
		for _, doc := range page {
			if doc.ID.Validate() != nil {
				t.Errorf("found %v", doc.ID)
			}
			if doc.ID.PassTypeIdentifier == id.PassTypeIdentifier {
				found = append(found, doc.ID)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if len(found) != 1 || found[0] != id {
		t.Errorf("found %v, want %v alone", found, id)
	}
	for d, err := range s.DevicesDue(t.Context(), longAgo) {
		t.Errorf("due: %+v, %v", d, err)
	}
}

// One bad record is an error in its place; those beside it are found.
func TestABadRecordDoesNotStopTheSweep(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	longAgo := time.Date(1910, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, token := range map[string]any{"a": "token", "b": 1, "c": "token"} {
		device := client.Doc("passTypes/" + id.PassTypeIdentifier + "/devices/" + name)
		_, err := device.Create(t.Context(), map[string]any{"pushShard": 0, "pushDue": longAgo, "pushToken": token, "serialNumbers": []any{"serial-1"}})
		check(t, err)
		t.Cleanup(func() { // it would be due in every other test
			_, err := device.Delete(context.WithoutCancel(t.Context()))
			check(t, err)
		})
	}
	good, bad := 0, 0
	for d, err := range s.DevicesDue(t.Context(), longAgo) {
		switch {
		case errors.Is(err, wallet.ErrInvalid):
			bad++
		case err != nil:
			t.Fatal(err)
		case d.ID.PassTypeIdentifier == id.PassTypeIdentifier:
			good++
		}
	}
	if good != 2 || bad != 1 {
		t.Errorf("%d devices and %d errors, want 2 and 1", good, bad)
	}

	other := wallet.PassID{PassTypeIdentifier: id.PassTypeIdentifier, SerialNumber: "serial-2"}
	_, err := document(client, "packages", id).Create(t.Context(), map[string]any{"version": "one"})
	check(t, err)
	_, err = document(client, "packages", other).Create(t.Context(), map[string]any{"version": 1})
	check(t, err)
	met := 0
	for pkg, err := range s.CurrentPackages(t.Context(), "", "") {
		if pkg.ID.PassTypeIdentifier != id.PassTypeIdentifier {
			continue
		}
		met++
		if errors.Is(err, wallet.ErrInvalid) != (pkg.ID == id) || (err == nil) != (pkg.ID == other) {
			t.Errorf("%v: %v", pkg.ID, err)
		}
	}
	if met != 2 {
		t.Errorf("%d packages, want 2", met)
	}
}

// What lies among the packages and is none is found in its place, so that it hides nothing behind it.
func TestWhatIsNoPackageHidesNone(t *testing.T) {
	client, s, id := googleClient(t), open(t), freshPass()
	for _, serial := range []string{"a", "b c", "d"} {
		id.SerialNumber = serial
		_, err := document(client, "packages", id).Create(t.Context(), map[string]any{"template": "card", "version": 1})
		check(t, err)
	}
	campaign, after := wallet.CampaignID{PassTypeIdentifier: id.PassTypeIdentifier, Template: "card"}, ""
	var found []string
	for range 4 {
		for pkg, err := range s.TemplatePackages(t.Context(), campaign, after, "", 1) {
			after = pkg.ID.SerialNumber
			found = append(found, after)
			if (after == "b c") != errors.Is(err, wallet.ErrInvalid) {
				t.Errorf("%s: %v", after, err)
			}
		}
	}
	if !slices.Equal(found, []string{"a", "b c", "d"}) {
		t.Errorf("found %q", found)
	}
}
