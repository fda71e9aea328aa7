package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Device returns the record of a device. When there is none, Revision is 0; ReadAt is always set. A record that cannot be read
// is an error beside its ID and revision.
func (s *Store) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	name, err := s.deviceName(id)
	if err != nil {
		return wallet.Device{}, err
	}
	doc, err := s.read(ctx, name)
	if err != nil {
		return wallet.Device{}, fmt.Errorf("read device %v: %w", id, err)
	}
	return decodeDevice(id, doc)
}

// SaveDevice replaces the record under the rules of [Store.SaveDocument]. A record without passes is deleted, and its
// revision is 0; deleting one that is not there changes nothing.
func (s *Store) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	name, err := s.deviceName(d.ID)
	if err != nil {
		return 0, err
	}
	var revision wallet.Revision
	if len(d.Passes) == 0 {
		err = s.remove(ctx, name, d.Revision)
	} else {
		revision, err = s.replace(ctx, name, encodeDevice(d), d.Revision)
	}
	if err != nil {
		return 0, fmt.Errorf("save device %v: %w", d.ID, err)
	}
	return revision, nil
}

// serialNumbers is the field that finds the devices of a pass: Firestore can ask what an array contains, not which keys
// a map has.
const serialNumbers = "serialNumbers"

func encodeDevice(d wallet.Device) map[string]any {
	fields := make(map[string]any)
	put(fields, "pushToken", d.PushToken.Reveal())
	putTime(fields, "tokenConfirmed", d.TokenConfirmed)
	put(fields, "tokenRefused", d.TokenRefused)
	put(fields, "epoch", d.Epoch)
	put(fields, "sequence", d.Sequence)
	put(fields, "presented", d.Presented)
	put(fields, "pushed", d.Pushed)
	if !d.PushDue.IsZero() {
		putTime(fields, pushDue, d.PushDue)
		fields[pushShard] = shardOf(d.ID) // 0 is a shard, too
	}
	put(fields, "pushCount", int64(d.PushCount))
	if d.Contact != (wallet.Contact{}) {
		fields["contact"] = encodeContact(d.Contact)
	}

	registered := make(map[string]any, len(d.Passes))
	serials := make([]any, 0, len(d.Passes))
	for _, serial := range slices.Sorted(maps.Keys(d.Passes)) {
		registered[serial] = encodeRegisteredPass(d.Passes[serial])
		serials = append(serials, serial)
	}
	fields["passes"] = registered
	fields[serialNumbers] = serials
	return fields
}

func encodeContact(c wallet.Contact) map[string]any {
	fields := make(map[string]any)
	putTime(fields, "pushed", c.Pushed)
	put(fields, "answer", c.Answer)
	putTime(fields, "listed", c.Listed)
	putTime(fields, "presented", c.Presented)
	return fields
}

func encodeRegisteredPass(p wallet.RegisteredPass) map[string]any {
	fields := make(map[string]any)
	put(fields, "sequence", p.Sequence)
	put(fields, "version", p.Version)
	put(fields, "since", int64(p.Since))
	return fields
}

func decodeDevice(id wallet.DeviceID, doc stored) (wallet.Device, error) {
	r := &record{fields: doc.fields}
	d := wallet.Device{
		ID:             id,
		TokenConfirmed: get[time.Time](r, "tokenConfirmed"),
		TokenRefused:   get[bool](r, "tokenRefused"),
		Epoch:          get[string](r, "epoch"),
		Sequence:       get[int64](r, "sequence"),
		Presented:      get[int64](r, "presented"),
		Pushed:         get[int64](r, "pushed"),
		PushDue:        get[time.Time](r, pushDue),
		PushCount:      int(get[int64](r, "pushCount")),
		Revision:       doc.revision,
		ReadAt:         doc.readAt,
	}
	if token := get[string](r, "pushToken"); token != "" {
		d.PushToken = wallet.NewPushToken(token)
	}
	if registered := get[map[string]any](r, "passes"); len(registered) > 0 {
		d.Passes = make(map[string]wallet.RegisteredPass, len(registered))
		r.within("passes", registered, func(r *record) {
			for serial := range registered {
				r.within(serial, get[map[string]any](r, serial), func(r *record) { d.Passes[serial] = decodeRegisteredPass(r) })
			}
		})
	}
	r.within("contact", get[map[string]any](r, "contact"), func(r *record) { d.Contact = decodeContact(r) })
	if r.err != nil {
		return wallet.Device{ID: id, Revision: doc.revision}, fmt.Errorf("read device %v: %w", id, r.err)
	}
	return d, nil
}

func decodeContact(r *record) wallet.Contact {
	return wallet.Contact{
		Pushed:    get[time.Time](r, "pushed"),
		Answer:    get[string](r, "answer"),
		Listed:    get[time.Time](r, "listed"),
		Presented: get[time.Time](r, "presented"),
	}
}

func decodeRegisteredPass(r *record) wallet.RegisteredPass {
	return wallet.RegisteredPass{
		Sequence: get[int64](r, "sequence"),
		Version:  get[int64](r, "version"),
		Since:    wallet.Revision(get[int64](r, "since")),
	}
}
