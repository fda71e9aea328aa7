package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"walletpasses.example/server/shared/wallet"
)

// DocumentRevisions returns a page of at most limit pass documents of all pass types, ordered by pass type and serial
// number, and where the next one begins: empty after the last. after is empty for the first page. What lies in a collection
// of the same name and is no pass document is left out, so a page may be short and not the last.
func (s *Store) DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error) {
	found, err := s.query(ctx, s.documents(), walkQuery(s.resourceName(after), limit))
	if err != nil {
		return nil, "", fmt.Errorf("read documents after %q: %w", after, err)
	}
	for _, doc := range found {
		passType, serial, ours := s.split(doc.name)
		if id := (wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}); ours && id.Validate() == nil {
			page = append(page, wallet.DocumentRevision{ID: id, Revision: doc.revision})
		}
	}
	if len(found) == limit {
		next = found[limit-1].name[len(s.documents())+1:]
	}
	return page, next, nil
}

// resourceName returns the whole name of a path below the database; empty for none.
func (s *Store) resourceName(path string) string {
	if path == "" {
		return ""
	}
	return s.documents() + "/" + path
}

// walkQuery asks for names alone: with each comes its time of update.
func walkQuery(after string, limit int) *pb.StructuredQuery {
	return &pb.StructuredQuery{
		Select:  &pb.StructuredQuery_Projection{Fields: []*pb.StructuredQuery_FieldReference{field(documentName)}},
		From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: passes, AllDescendants: true}},
		OrderBy: orderBy(documentName),
		StartAt: startAfter(after),
		Limit:   wrapperspb.Int32(int32(limit)),
	}
}

// CurrentPackages yields the pointers of many passes, in any order, in one call; what there is none of comes with its ID
// alone. A record that cannot be read is a [wallet.ErrInvalid] in its place, beside its ID; any other error ends the
// sequence.
func (s *Store) CurrentPackages(ctx context.Context, ids []wallet.PassID) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		if err := s.currentPackages(ctx, ids, yield); err != nil {
			yield(wallet.CurrentPackage{}, fmt.Errorf("read packages of %d passes: %w", len(ids), err))
		}
	}
}

func (s *Store) currentPackages(ctx context.Context, ids []wallet.PassID, yield func(wallet.CurrentPackage, error) bool) error {
	request := &pb.BatchGetDocumentsRequest{Database: s.database}
	byName := make(map[string]wallet.PassID, len(ids))
	for _, id := range ids {
		name, err := s.passName(packages, id)
		if err != nil {
			return err
		}
		if _, twice := byName[name]; !twice {
			request.Documents, byName[name] = append(request.Documents, name), id
		}
	}
	if len(ids) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx) // ends the stream of a caller who has heard enough
	defer cancel()
	stream, err := s.client.BatchGetDocuments(s.routed(ctx), request)
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		id := byName[answer.GetMissing()+answer.GetFound().GetName()]
		pkg, err := decodePackage(id, newStored(answer.GetFound(), answer.GetReadTime()))
		if err != nil {
			err = fmt.Errorf("%w: read package of %v: %w", wallet.ErrInvalid, id, err)
		}
		if !yield(pkg, err) {
			return nil
		}
	}
}

// walkPath is where the sweep keeps how far it has come.
const walkPath = "sweeps/walk"

// Walk returns how far the sweep has come; zero before the first walk.
func (s *Store) Walk(ctx context.Context) (wallet.Walk, error) {
	doc, err := s.read(ctx, s.resourceName(walkPath))
	if err != nil {
		return wallet.Walk{}, fmt.Errorf("read %s: %w", walkPath, err)
	}
	r := &record{fields: doc.fields}
	w := wallet.Walk{
		After:    get[string](r, "after"),
		Started:  get[time.Time](r, "started"),
		Previous: get[time.Time](r, "previous"),
		Revision: doc.revision,
	}
	if r.err != nil {
		return wallet.Walk{}, fmt.Errorf("read %s: %w; delete the document, and the walk begins anew", walkPath, r.err)
	}
	return w, nil
}

// SaveWalk replaces how far the sweep has come under the rules of [Store.SaveDocument].
func (s *Store) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	fields := make(map[string]any)
	put(fields, "after", w.After)
	putTime(fields, "started", w.Started)
	putTime(fields, "previous", w.Previous)
	revision, err := s.replace(ctx, s.resourceName(walkPath), fields, w.Revision)
	if err != nil {
		return 0, fmt.Errorf("save %s: %w", walkPath, err)
	}
	return revision, nil
}
