package store

import (
	"context"
	"fmt"
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

// packagePage bounds the package records of one query.
const packagePage = 1000

// CurrentPackages yields, in the order of [Store.DocumentRevisions], the pointers of the passes whose documents lie after one
// of its places up to another, or would: empty for the beginning and the end. A record that cannot be read is a
// [wallet.ErrInvalid] in its place, beside its ID; any other error ends the sequence.
func (s *Store) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		from, to := s.packageOf(s.resourceName(after)), s.packageOf(s.resourceName(until))
		for {
			found, err := s.query(ctx, s.documents(), packagesQuery(from, to))
			if err != nil {
				yield(wallet.CurrentPackage{}, fmt.Errorf("read packages after %q: %w", after, err))
				return
			}
			for _, doc := range found {
				passType, serial, ours := s.split(doc.name)
				id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
				if ours && id.Validate() == nil && !yield(foundPackage(id, doc)) {
					return
				}
			}
			if len(found) < packagePage {
				return
			}
			from = found[packagePage-1].name
		}
	}
}

func foundPackage(id wallet.PassID, doc stored) (wallet.CurrentPackage, error) {
	pkg, err := decodePackage(id, doc)
	if err != nil {
		return wallet.CurrentPackage{ID: id}, fmt.Errorf("%w: read package of %v: %w", wallet.ErrInvalid, id, err)
	}
	return pkg, nil
}

// packageOf returns where the package record of a pass document lies, by its resource name: in the collection beside it. A
// document that is not of a pass type lies before or after all of them, whatever its collection.
func (s *Store) packageOf(document string) string {
	passType, serial, ours := s.split(document)
	if !ours {
		return document
	}
	return s.parent(passType) + "/" + packages + "/" + serial
}

func packagesQuery(after, until string) *pb.StructuredQuery {
	query := &pb.StructuredQuery{
		From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: packages, AllDescendants: true}},
		OrderBy: orderBy(documentName),
		StartAt: startAfter(after),
		Limit:   wrapperspb.Int32(packagePage),
	}
	if until != "" {
		query.EndAt = &pb.Cursor{Values: startAfter(until).Values} // and not before: what is there belongs to it
	}
	return query
}

// walks is where the sweep keeps how far it has come.
const walks = "sweeps/"

// Walk returns how far a walk of the sweep has come; zero, but for its name, before the first.
func (s *Store) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	path := walks + name
	doc, err := s.read(ctx, s.resourceName(path))
	if err != nil {
		return wallet.Walk{}, fmt.Errorf("read %s: %w", path, err)
	}
	r := &record{fields: doc.fields}
	w := wallet.Walk{
		Name:     name,
		After:    get[string](r, "after"),
		Started:  get[time.Time](r, "started"),
		Previous: get[time.Time](r, "previous"),
		Revision: doc.revision,
	}
	if r.err != nil {
		return wallet.Walk{}, fmt.Errorf("read %s: %w; delete the document, and the walk begins anew", path, r.err)
	}
	return w, nil
}

// SaveWalk replaces how far a walk has come under the rules of [Store.SaveDocument].
func (s *Store) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	path := walks + w.Name
	fields := make(map[string]any)
	put(fields, "after", w.After)
	putTime(fields, "started", w.Started)
	putTime(fields, "previous", w.Previous)
	revision, err := s.replace(ctx, s.resourceName(path), fields, w.Revision)
	if err != nil {
		return 0, fmt.Errorf("save %s: %w", path, err)
	}
	return revision, nil
}
