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

// Campaign returns the record of a campaign, or one with only its ID when there is none. A record that cannot be read is a
// [wallet.ErrInvalid].
func (s *Store) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	if err := id.Validate(); err != nil {
		return wallet.Campaign{}, err
	}
	doc, err := s.read(ctx, s.campaignName(id))
	if err != nil {
		return wallet.Campaign{}, fmt.Errorf("read campaign %v: %w", id, err)
	}
	return decodeCampaign(id, doc)
}

// SaveCampaign replaces the record under the rules of [Store.SaveDocument].
func (s *Store) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	if err := c.ID.Validate(); err != nil {
		return 0, err
	}
	revision, err := s.replace(ctx, s.campaignName(c.ID), encodeCampaign(c), c.Revision)
	if err != nil {
		return 0, fmt.Errorf("save campaign %v: %w", c.ID, err)
	}
	return revision, nil
}

func (s *Store) campaignName(id wallet.CampaignID) string {
	return s.parent(id.PassTypeIdentifier) + "/" + campaigns + "/" + id.Template
}

// Campaigns yields all campaigns, ordered by pass type and template. A record that cannot be read is a [wallet.ErrInvalid] in
// its place; any other error ends the sequence.
func (s *Store) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	return func(yield func(wallet.Campaign, error) bool) {
		found, err := s.query(ctx, s.documents(), &pb.StructuredQuery{
			From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: campaigns, AllDescendants: true}},
			OrderBy: orderBy(documentName),
		})
		if err != nil {
			yield(wallet.Campaign{}, fmt.Errorf("read campaigns: %w", err))
			return
		}
		for _, doc := range found {
			passType, template, ours := s.split(doc.name)
			id := wallet.CampaignID{PassTypeIdentifier: passType, Template: template}
			if !ours || id.Validate() != nil {
				continue
			}
			if !yield(decodeCampaign(id, doc)) {
				return
			}
		}
	}
}

// TemplatePackages yields at most limit packages that were made with a campaign's template, ordered by serial number: those
// after one serial number up to another, either of which may be empty. A record that cannot be read is a [wallet.ErrInvalid]
// in its place, beside its ID; any other error ends the sequence. It needs no index but the one that Firestore keeps for the
// field template.
func (s *Store) TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		if err := id.Validate(); err != nil {
			yield(wallet.CurrentPackage{}, err)
			return
		}
		place := func(serial string) *pb.Cursor {
			if serial == "" {
				return nil
			}
			return startAfter(s.parent(id.PassTypeIdentifier) + "/" + packages + "/" + serial)
		}
		found, err := s.query(ctx, s.parent(id.PassTypeIdentifier), &pb.StructuredQuery{
			From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: packages}},
			Where:   madeWith(id.Template),
			OrderBy: orderBy(documentName),
			StartAt: place(after),
			EndAt:   place(until), // a cursor that is not "before" is after what lies there
			Limit:   wrapperspb.Int32(int32(limit)),
		})
		if err != nil {
			yield(wallet.CurrentPackage{}, fmt.Errorf("read packages of %v after %q: %w", id, after, err))
			return
		}
		for _, doc := range found {
			pass := wallet.PassID{PassTypeIdentifier: id.PassTypeIdentifier, SerialNumber: lastSegment(doc.name)}
			pkg, err := foundPackage(pass, doc)
			if invalid := pass.Validate(); invalid != nil { // it is no pass, and yet counts to the limit
				err = invalid
			}
			if !yield(pkg, err) {
				return
			}
		}
	}
}

// madeWith finds the packages that were made with a template.
func madeWith(template string) *pb.StructuredQuery_Filter {
	value := &pb.Value{ValueType: &pb.Value_StringValue{StringValue: template}}
	return where("template", pb.StructuredQuery_FieldFilter_EQUAL, value)
}

func encodeCampaign(c wallet.Campaign) map[string]any {
	fields := make(map[string]any)
	put(fields, "state", string(c.State))
	put(fields, "reason", c.Reason)
	put(fields, "pace", int64(c.Pace))
	put(fields, "first", c.First)
	put(fields, "watchSeconds", int64(c.Watch/time.Second))
	put(fields, "tolerance", c.Tolerance)
	put(fields, "templateRevision", c.TemplateRevision)
	putTime(fields, "started", c.Started)
	put(fields, "round", int64(c.Round))
	put(fields, "after", c.After)
	put(fields, "sent", c.Sent)
	putTime(fields, "moved", c.Moved)
	putTime(fields, "watchUntil", c.WatchUntil)
	putTime(fields, "ended", c.Ended)
	put(fields, "total", c.Total)
	put(fields, "done", c.Done)
	put(fields, "refused", c.Refused)
	put(fields, "left", c.Left)
	put(fields, "forgiven", c.Forgiven)
	put(fields, "complaints", c.Complaints)
	put(fields, "driver", c.Driver)
	return fields
}

// decodeCampaign reads a record. One that somebody has spoilt, perhaps in the console, is a [wallet.ErrInvalid].
func decodeCampaign(id wallet.CampaignID, doc stored) (wallet.Campaign, error) {
	r := &record{fields: doc.fields}
	c := wallet.Campaign{
		ID:               id,
		State:            wallet.CampaignState(get[string](r, "state")),
		Reason:           get[string](r, "reason"),
		Pace:             int(get[int64](r, "pace")),
		First:            get[int64](r, "first"),
		Watch:            time.Duration(get[int64](r, "watchSeconds")) * time.Second,
		Tolerance:        get[int64](r, "tolerance"),
		TemplateRevision: get[string](r, "templateRevision"),
		Started:          get[time.Time](r, "started"),
		Round:            int(get[int64](r, "round")),
		After:            get[string](r, "after"),
		Sent:             get[string](r, "sent"),
		Moved:            get[time.Time](r, "moved"),
		WatchUntil:       get[time.Time](r, "watchUntil"),
		Ended:            get[time.Time](r, "ended"),
		Total:            get[int64](r, "total"),
		Done:             get[int64](r, "done"),
		Refused:          get[int64](r, "refused"),
		Left:             get[int64](r, "left"),
		Forgiven:         get[int64](r, "forgiven"),
		Complaints:       get[int64](r, "complaints"),
		Driver:           get[string](r, "driver"),
		Revision:         doc.revision,
	}
	if r.err != nil {
		return wallet.Campaign{}, fmt.Errorf("%w: read campaign %v: %w", wallet.ErrInvalid, id, r.err)
	}
	return c, nil
}
