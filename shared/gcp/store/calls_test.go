package store_test

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
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
	"walletpasses.example/server/shared/wallet"
)

// calls are the remote calls that a connection made, noted as a [stats.Handler].
type calls struct {
	mu       sync.Mutex
	made     []string
	unrouted []string // those that do not say where to go
}

// TagRPC notes a call at its beginning.
func (c *calls) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, path.Base(info.FullMethodName))
	return ctx
}

// HandleRPC looks at the headers of a call. Each leads to its database, be it the default one or not.
func (c *calls) HandleRPC(_ context.Context, event stats.RPCStats) {
	sent, ok := event.(*stats.OutHeader)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	params := "project_id=" + project + "&database_id=" + url.QueryEscape(database)
	prefix := "projects/" + project + "/databases/" + database
	if !slices.Contains(sent.Header["x-goog-request-params"], params) || !slices.Contains(sent.Header["google-cloud-resource-prefix"], prefix) {
		c.unrouted = append(c.unrouted, fmt.Sprint(sent.FullMethod, sent.Header))
	}
}

func (c *calls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c *calls) HandleConn(context.Context, stats.ConnStats)                       {}

// take returns the calls since the last take.
func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := c.made
	c.made = nil
	return made
}

func openCounted(t *testing.T) (*store.Store, *calls) {
	t.Helper()
	var c calls
	connection, err := grpc.NewClient(emulator.Firestore(t),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(&c))
	check(t, err)
	client, err := firestore.NewClient(t.Context(), option.WithGRPCConn(connection))
	check(t, err)
	s := store.New(client, project, database)
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
	var walk wallet.Walk
	for _, step := range []struct {
		method string
		call   func() error
		want   string
	}{
		{"Document, absent", func() error { _, err := s.Document(t.Context(), pass); return err }, "BatchGetDocuments"},
		{"SaveDocument, new", func() error {
			_, err := s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: pass, Fields: map[string]any{"template": "stamps"}})
			return err
		}, "Commit"},
		{"Document", func() error { _, err := s.Document(t.Context(), pass); return err }, "BatchGetDocuments"},
		{"CurrentPackage", func() error { _, err := s.CurrentPackage(t.Context(), pass); return err }, "BatchGetDocuments"},
		{"SavePackage", func() error {
			_, err := s.SavePackage(t.Context(), wallet.CurrentPackage{ID: pass, Version: 1})
			return err
		}, "Commit"},
		{"SavePersonalization", func() error {
			pkg, err := s.CurrentPackage(t.Context(), pass)
			check(t, err)
			c.take()
			_, err = s.SavePersonalization(t.Context(), wallet.Personalization{ID: pass}, pkg.Personalize(time.Unix(1, 0), "digest"))
			return err
		}, "Commit"},
		{"Personalization", func() error { _, err := s.Personalization(t.Context(), pass); return err }, "BatchGetDocuments"},
		{"Device, absent", func() error { _, err := s.Device(t.Context(), device.ID); return err }, "BatchGetDocuments"},
		{"SaveDevice, new", func() (err error) {
			device.Revision, err = s.SaveDevice(t.Context(), device)
			return err
		}, "Commit"},
		{"SaveDevice", func() (err error) {
			device.RefuseToken(device.PushToken, device.TokenConfirmed)
			device.Revision, err = s.SaveDevice(t.Context(), device)
			return err
		}, "Commit"},
		{"RegisteredDevices, one page", func() error {
			for _, err := range s.RegisteredDevices(t.Context(), pass) {
				return err
			}
			return nil
		}, "RunQuery"},
		{"CountDevices", func() error { _, err := s.CountDevices(t.Context(), pass, 10); return err }, "RunAggregationQuery"},
		{"DevicesDue, one page", func() error {
			for _, err := range s.DevicesDue(t.Context(), device.PushDue) {
				return err
			}
			return nil
		}, "RunQuery"},
		{"DocumentRevisions", func() error { _, _, err := s.DocumentRevisions(t.Context(), "", 10); return err }, "RunQuery"},
		{"CurrentPackages, one page", func() error {
			for _, err := range s.CurrentPackages(t.Context(), "", "") {
				return err
			}
			return nil
		}, "RunQuery"},
		{"Walk", func() (err error) { walk, err = s.Walk(t.Context(), wallet.WalkDocuments); return err }, "BatchGetDocuments"},
		{"SaveWalk", func() error { _, err := s.SaveWalk(t.Context(), walk); return err }, "Commit"},
		{"SaveDevice, deleting", func() error {
			device.Unregister(pass.SerialNumber)
			_, err := s.SaveDevice(t.Context(), device)
			return err
		}, "Commit"},
	} {
		check(t, step.call())
		if made := c.take(); !slices.Equal(made, []string{step.want}) {
			t.Errorf("%s made the calls %q, want one %s", step.method, made, step.want)
		}
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
	for d, err := range s.RegisteredDevices(t.Context(), pass) {
		check(t, err)
		names = append(names, d.ID.DeviceLibraryIdentifier)
	}
	if made := c.take(); !slices.Equal(made, []string{"RunQuery", "RunQuery"}) {
		t.Errorf("%d devices took the calls %q, want two queries and no other read", count, made)
	}
	if len(names) != count || !slices.IsSorted(names) {
		t.Errorf("%d devices, in order %t; want %d in order", len(names), slices.IsSorted(names), count)
	}
}
