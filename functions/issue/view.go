package issue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// view is the body of a GET: all that is known of a pass, and no secret of it.
type view struct {
	pass
	Document map[string]any `json:"document"`
	Package  packageView    `json:"package"`
	Devices  devicesView    `json:"devices"`
	Phones   []phone        `json:"phones"` // at most 20, those that are behind first
	Timeline []event        `json:"timeline"`
}

type packageView struct {
	Version          int64        `json:"version"` // 0: none yet
	Current          bool         `json:"current"` // made from the document as it stands
	LastModified     string       `json:"lastModified,omitempty"`
	ContentHash      string       `json:"contentHash,omitempty"`
	TemplateRevision string       `json:"templateRevision,omitempty"`
	Problem          *problemView `json:"problem,omitempty"`
}

type problemView struct {
	Time     string          `json:"time"`
	Findings wallet.Findings `json:"findings"`
}

// devicesView counts the devices of a pass: Registered are all, and the other counts are of those that were looked at. Where
// that is not all of them, LookedAt says how many.
type devicesView struct {
	Registered int `json:"registered"`
	Delivered  int `json:"delivered"` // have shown the tag of the pass's newest change
	Behind     int `json:"behind"`    // have not yet
	Refused    int `json:"refused"`   // cannot be pushed to until they register again
	Unreadable int `json:"unreadable,omitempty"`
	LookedAt   int `json:"lookedAt,omitempty"`
}

const (
	mostDevices = 3000      // are looked at: each is a read
	mostCounted = 1_000_000 // are counted, a thousand for a read: more than register lets there be
)

// get shows the pass: 200, also for a deleted one; 404 when it never was. Of a pass on more than 3,000 devices it looks at so
// many, and says so in devices.lookedAt: all that it says of devices but how many are registered is of these.
func (a API) get(w http.ResponseWriter, r *http.Request) error {
	id, _, err := target(r)
	if err != nil {
		return err
	}
	v, err := a.view(r, id)
	if err != nil {
		return fmt.Errorf("get %v: %w", id, err)
	}
	w.Header().Set("ETag", strconv.Quote(v.Revision))
	return webservice.WriteJSON(w, http.StatusOK, v)
}

func (a API) view(r *http.Request, id wallet.PassID) (view, error) {
	s, err := a.Store.Document(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	if s.Revision == 0 {
		return view{}, fmt.Errorf("%w: there is no pass %v", wallet.ErrNotFound, id)
	}
	pkg, err := a.Store.CurrentPackage(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	v := view{Document: s.Business()}
	v.Package = packageView{
		Version: pkg.Version, Current: pkg.Version > 0 && pkg.SourceRevision >= s.Revision && pkg.Problem == nil,
		LastModified: rfc3339(pkg.LastModified), ContentHash: pkg.ContentHash, TemplateRevision: pkg.TemplateRevision,
	}
	if p := pkg.Problem; p != nil {
		v.Package.Problem = &problemView{rfc3339(p.Time), p.Findings}
	}
	v.Devices, v.Phones, err = a.devices(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	v.Timeline = timeline(pkg.Timeline, v.Phones)
	v.pass, err = a.pass(s, nil)
	return v, err
}

// devices counts the devices of a pass, and looks at them.
func (a API) devices(ctx context.Context, id wallet.PassID) (devicesView, []phone, error) {
	var counts devicesView
	var shown phones
	looked := 0
	for device, err := range a.Store.RegisteredDevices(ctx, id, wallet.Shard{}) {
		switch {
		case errors.Is(err, wallet.ErrInvalid):
			counts.Unreadable++
		case err != nil:
			return devicesView{}, nil, err
		default:
			counts.add(device, id.SerialNumber)
			shown.add(newPhone(device, id.SerialNumber))
		}
		if looked++; looked == mostDevices { // one more would be read with a page of others
			break
		}
	}
	var err error
	if counts.Registered, err = a.Store.CountDevices(ctx, id, wallet.Shard{}, mostCounted); err != nil {
		return devicesView{}, nil, err
	}
	if looked == mostDevices && counts.Registered > looked {
		counts.LookedAt = looked
	}
	return counts, shown.list(), nil
}

// add takes a device into account as it stands with this pass, whatever it is owed for others.
func (c *devicesView) add(d wallet.Device, serialNumber string) {
	if d.Presented < d.Passes[serialNumber].Sequence {
		c.Behind++
	} else {
		c.Delivered++
	}
	if d.TokenRefused {
		c.Refused++
	}
}
