package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	firestore "cloud.google.com/go/firestore/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/wallet"
)

// calls are the remote calls that a connection made, noted as a [stats.Handler].
type calls struct {
	project string // which nothing else uses, so that queries find what the test has stored

	mu       sync.Mutex
	made     []string
	unrouted []string // those that do not say where to go
	billed   bill.Operations
}

// TagRPC notes a call at its beginning.
func (c *calls) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, path.Base(info.FullMethodName))
	c.billed.Calls++
	return context.WithValue(ctx, foundKey{}, new(found))
}

// HandleRPC looks at the headers of a call, and takes what goes over the wire to account. Each call leads to its database, be it
// the default one or not.
func (c *calls) HandleRPC(ctx context.Context, event stats.RPCStats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.billed = c.billed.Plus(billed(ctx.Value(foundKey{}).(*found), event))
	sent, ok := event.(*stats.OutHeader)
	if !ok {
		return
	}
	params := "project_id=" + c.project + "&database_id=" + url.QueryEscape(database)
	prefix := "projects/" + c.project + "/databases/" + database
	if !slices.Contains(sent.Header["x-goog-request-params"], params) || !slices.Contains(sent.Header["google-cloud-resource-prefix"], prefix) {
		c.unrouted = append(c.unrouted, fmt.Sprint(sent.FullMethod, sent.Header))
	}
}

func (c *calls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c *calls) HandleConn(context.Context, stats.ConnStats)                       {}

// take returns the calls since the last take, and what they are billed.
func (c *calls) take() ([]string, bill.Operations) {
	c.mu.Lock()
	defer c.mu.Unlock()
	made, billed := c.made, c.billed
	c.made, c.billed = nil, bill.Operations{}
	return made, billed
}

func openCounted(t *testing.T) (*store.Store, *calls) {
	t.Helper()
	c := calls{project: "calls-" + strings.ToLower(rand.Text())}
	connection, err := grpc.NewClient(emulator.Firestore(t),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(&c))
	check(t, err)
	client, err := firestore.NewClient(t.Context(), option.WithGRPCConn(connection))
	check(t, err)
	s := store.New(client, c.project, database)
	t.Cleanup(func() {
		check(t, s.Close())
		if len(c.unrouted) > 0 {
			t.Errorf("calls that lead to no database: %q", c.unrouted)
		}
	})
	return s, &c
}

func TestEveryMethodIsOneCall(t *testing.T) {
	s, c := openCounted(t)
	pass := freshPass()
	device := wallet.Device{ID: deviceID(pass, "device-1")}
	device.Register(pass.SerialNumber, wallet.NewPushToken("token"), time.Unix(1, 0))
	campaign := wallet.CampaignID{PassTypeIdentifier: pass.PassTypeIdentifier, Template: "stamps"}
	var walk wallet.Walk
	missing := storeMethods()
	for _, step := range []struct {
		method string
		call   func() error
		want   string
		found  int // by a query or a count
	}{
		{"Document, absent", func() error { _, err := s.Document(t.Context(), pass); return err }, "BatchGetDocuments", 0},
		{"SaveDocument, new", func() error {
			_, err := s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: pass, Fields: map[string]any{"template": "stamps"}})
			return err
		}, "Commit", 0},
		{"Document", func() error { _, err := s.Document(t.Context(), pass); return err }, "BatchGetDocuments", 0},
		{"CurrentPackage", func() error { _, err := s.CurrentPackage(t.Context(), pass); return err }, "BatchGetDocuments", 0},
		{"SavePackage", func() error {
			_, err := s.SavePackage(t.Context(), wallet.CurrentPackage{ID: pass, Version: 1, Template: campaign.Template})
			return err
		}, "Commit", 0},
		{"SavePersonalization", func() error {
			pkg, err := s.CurrentPackage(t.Context(), pass)
			check(t, err)
			c.take()
			_, err = s.SavePersonalization(t.Context(), wallet.Personalization{ID: pass}, pkg.Personalize(time.Unix(1, 0), "digest"))
			return err
		}, "Commit", 0},
		{"Personalization", func() error { _, err := s.Personalization(t.Context(), pass); return err }, "BatchGetDocuments", 0},
		{"Device, absent", func() error { _, err := s.Device(t.Context(), device.ID); return err }, "BatchGetDocuments", 0},
		{"SaveDevice, new", func() (err error) {
			device.Revision, err = s.SaveDevice(t.Context(), device)
			return err
		}, "Commit", 0},
		{"SaveDevice", func() (err error) {
			device.RefuseToken(device.PushToken, device.TokenConfirmed)
			device.Revision, err = s.SaveDevice(t.Context(), device)
			return err
		}, "Commit", 0},
		{"RegisteredDevices, one page", func() error {
			for _, err := range s.RegisteredDevices(t.Context(), pass, wallet.Shard{}) {
				return err
			}
			return nil
		}, "RunQuery", 1},
		{"CountDevices", func() error { _, err := s.CountDevices(t.Context(), pass, wallet.Shard{}, 10); return err }, "RunAggregationQuery", 1},
		{"DevicesDue, one page", func() error {
			for _, err := range s.DevicesDue(t.Context(), device.PushDue) {
				return err
			}
			return nil
		}, "RunQuery", 1},
		{"DocumentRevisions", func() error { _, _, err := s.DocumentRevisions(t.Context(), "", 10); return err }, "RunQuery", 1},
		{"CurrentPackages, one page", func() error {
			for _, err := range s.CurrentPackages(t.Context(), "", "") {
				return err
			}
			return nil
		}, "RunQuery", 1},
		{"SaveCampaign", func() error { _, err := s.SaveCampaign(t.Context(), wallet.Campaign{ID: campaign}); return err }, "Commit", 0},
		{"Campaign", func() error { _, err := s.Campaign(t.Context(), campaign); return err }, "BatchGetDocuments", 0},
		{"Campaigns", func() error {
			for _, err := range s.Campaigns(t.Context()) {
				return err
			}
			return nil
		}, "RunQuery", 1},
		{"TemplatePackages", func() error {
			for _, err := range s.TemplatePackages(t.Context(), campaign, "", "", 10) {
				return err
			}
			return nil
		}, "RunQuery", 1},
		{"CountTemplatePackages", func() error { _, err := s.CountTemplatePackages(t.Context(), campaign); return err }, "RunAggregationQuery", 1},
		{"Walk", func() (err error) { walk, err = s.Walk(t.Context(), wallet.WalkDocuments); return err }, "BatchGetDocuments", 0},
		{"SaveWalk", func() error { _, err := s.SaveWalk(t.Context(), walk); return err }, "Commit", 0},
		{"SaveDevice, deleting", func() error {
			device.Unregister(pass.SerialNumber)
			_, err := s.SaveDevice(t.Context(), device)
			return err
		}, "Commit", 0},
	} {
		check(t, step.call())
		made, billed := c.take()
		if !slices.Equal(made, []string{step.want}) {
			t.Errorf("%s made the calls %q, want one %s", step.method, made, step.want)
		}
		if want := billOf(step.method).Found(step.found); billed != want {
			t.Errorf("%s is billed %+v, and %+v in the table", step.method, billed, want)
		}
		delete(missing, method(step.method))
	}
	for name := range missing {
		t.Errorf("%s is not tried", name)
	}
}

func TestDevicesAreReadInPages(t *testing.T) {
	s, c := openCounted(t)
	pass := freshPass()
	const count = 301
	for n := range count {
		device := wallet.Device{ID: deviceID(pass, fmt.Sprintf("device-%03d", n))}
		device.Register(pass.SerialNumber, wallet.NewPushToken("token"), time.Unix(1, 0))
		_, err := s.SaveDevice(t.Context(), device)
		check(t, err)
	}
	c.take()
	var names []wallet.DeviceLibraryIdentifier
	for d, err := range s.RegisteredDevices(t.Context(), pass, wallet.Shard{}) {
		check(t, err)
		names = append(names, d.ID.DeviceLibraryIdentifier)
	}
	made, billed := c.take()
	if !slices.Equal(made, []string{"RunQuery", "RunQuery"}) || billed != bill.Calls["RegisteredDevices"].Found(count) {
		t.Errorf("%d devices took the calls %q, billed %+v, want two queries and no other read", count, made, billed)
	}
	if len(names) != count || !slices.IsSorted(names) {
		t.Errorf("%d devices, in order %t; want %d in order", len(names), slices.IsSorted(names), count)
	}
}
