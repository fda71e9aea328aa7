// Package store keeps pass documents, current packages and devices in Firestore.
package store

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	firestore "cloud.google.com/go/firestore/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// A Store is one database, with one tree per pass type:
//
//	passTypes/{passTypeIdentifier}/passes/{serialNumber}
//	passTypes/{passTypeIdentifier}/packages/{serialNumber}
//	passTypes/{passTypeIdentifier}/devices/{deviceLibraryIdentifier}
//	passTypes/{passTypeIdentifier}/personalizations/{serialNumber}
//	passTypes/{passTypeIdentifier}/campaigns/{template}
//
// and beside the trees what the sweep keeps of its own:
//
//	sweeps/{walk}
//
// Every method is one call to Firestore, except those that yield a sequence, which are one per page. A call takes [call.Limit]
// at most; where Firestore did not answer, or had too much to do, the error is [wallet.ErrUnavailable].
//
// The store speaks the Firestore API itself. The client above it cannot replace a whole document on condition of its
// update time, which is the one thing that all three records need: its Set takes no precondition, its Update must name
// every field that may have been there before, and its transactions are three calls instead of one.
type Store struct {
	client   *firestore.Client
	database string // "projects/{project}/databases/{database}"
	routing  []string
}

// New returns the store in a database of a project; the default database is called "(default)".
func New(client *firestore.Client, project, database string) *Store {
	name := fmt.Sprintf("projects/%s/databases/%s", project, database)
	return &Store{client: client, database: name, routing: []string{
		"google-cloud-resource-prefix", name,
		"x-goog-request-params", "project_id=" + url.QueryEscape(project) + "&database_id=" + url.QueryEscape(database),
	}}
}

// call returns the context of one call: bounded, and such that the call finds its way to the database, since what the generated
// client says by itself leads to the default one only.
func (s *Store) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return call.Bound(metadata.AppendToOutgoingContext(ctx, s.routing...))
}

// Open connects to Firestore or, like all of Google's clients, to the emulator that FIRESTORE_EMULATOR_HOST names. Close
// the store after use.
func Open(ctx context.Context, project, database string) (*Store, error) {
	var options []option.ClientOption
	if host := os.Getenv("FIRESTORE_EMULATOR_HOST"); host != "" {
		connection, err := grpc.NewClient("passthrough:///"+host, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, fmt.Errorf("open Firestore emulator %s: %w", host, err)
		}
		options = append(options, option.WithGRPCConn(connection))
	}
	client, err := firestore.NewClient(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("open Firestore of %s: %w", project, err)
	}
	return New(client, project, database), nil
}

// Close releases the connection.
func (s *Store) Close() error { return s.client.Close() }

// The collection of pass types, and those of one pass type.
const (
	passTypes = "passTypes"

	passes   = "passes"
	packages = "packages"
	devices  = "devices"

	personalizations = "personalizations"
	campaigns        = "campaigns"
)

// passName is the resource name of a pass's document in a collection.
func (s *Store) passName(collection string, id wallet.PassID) (string, error) {
	return s.parent(id.PassTypeIdentifier) + "/" + collection + "/" + id.SerialNumber, id.Validate()
}

// deviceName is the resource name of a device's record.
func (s *Store) deviceName(id wallet.DeviceID) (string, error) {
	return s.parent(id.PassTypeIdentifier) + "/" + devices + "/" + string(id.DeviceLibraryIdentifier), id.Validate()
}

// documents is the resource name above all collections of the database.
func (s *Store) documents() string { return s.database + "/documents" }

// parent is the resource name above the collections of a pass type.
func (s *Store) parent(passTypeIdentifier string) string {
	return s.documents() + "/" + passTypes + "/" + passTypeIdentifier
}

// split takes the resource name of a document of a pass type apart: the pass type, and the document's own name. Other
// documents, which may lie in collections of the same name elsewhere in the database, are not ours.
func (s *Store) split(name string) (passTypeIdentifier, own string, ours bool) {
	path, _ := strings.CutPrefix(name, s.documents()+"/")
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[0] != passTypes {
		return "", "", false
	}
	return parts[1], parts[3], true
}

// lastSegment is the document's own name in a resource name.
func lastSegment(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
