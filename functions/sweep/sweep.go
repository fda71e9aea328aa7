// Package sweep closes what retries could not: a document that is ahead of its package, a package that is ahead of its
// fan-out, a device that is owed a push. It re-announces each to the function whose work it is. It removes packages that have
// long been superseded, and makes a campaign for each template in use, which brings its passes up when the template changes.
//
// Called by Cloud Scheduler every few minutes. A call does a bounded part of the work and the next goes on from there; the
// answer is 200 with what was done, or 500, for Scheduler to call again. Calls may overlap: what two of them announce is two
// hints of one truth.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// grace is how long the pipeline is left to finish by itself: with retries, an update takes seconds.
const grace = 5 * time.Minute

// inFlight bounds the announcements of one call that are on their way at the same time.
const inFlight = 16

// A Sweeper does the work.
type Sweeper struct {
	Store  Store
	Bucket Bucket
	Events Events
	// Expiries returns the end of each pass type's certificate. What can be read is in the map, beside the error.
	Expiries func() (map[string]time.Time, error)
	Log      *slog.Logger
	Now      func() time.Time
}

// Store is what the parts of the work read and write.
type Store interface {
	Devices
	Documents
	Packages
	Walks
	wallet.Campaigns
}

// Events announces again what may have been lost. All return when the message is durable.
type Events interface {
	// PassChanged announces that a document was written.
	PassChanged(ctx context.Context, e wallet.PassChanged) error
	// PassPackaged announces that a package can be fetched, or that a device is owed a push.
	PassPackaged(ctx context.Context, e wallet.PassPackaged) error
	// PassPersonalized announces that a customer has signed up.
	PassPersonalized(ctx context.Context, e wallet.PassPersonalized) error
}

// report is the body of a 200: what one call did.
type report struct {
	Pushes       int `json:"pushes"`       // that were due and owed, and have been announced again
	Settled      int `json:"settled"`      // that were due and not owed after all
	Documents    int `json:"documents"`    // that were looked at
	Ahead        int `json:"ahead"`        // of these, ahead of their package: announced again
	Packages     int `json:"packages"`     // that were announced again, in case their fan-out was lost
	Removed      int `json:"removed"`      // packages that had long been superseded
	Certificates int `json:"certificates"` // that were looked at
	Unreadable   int `json:"unreadable"`   // records that were skipped; the log names them
}

// Handle is the [webservice.HandlerFunc] of one call. Each part of the work is done whatever becomes of the others.
func (s *Sweeper) Handle(w http.ResponseWriter, r *http.Request) error {
	done, err := s.sweep(r.Context())
	s.Log.InfoContext(r.Context(), "swept", "pushes", done.Pushes, "settled", done.Settled, "documents", done.Documents,
		"ahead", done.Ahead, "packages", done.Packages, "removed", done.Removed, "certificates", done.Certificates, "unreadable", done.Unreadable)
	if err != nil {
		return fmt.Errorf("sweep: %v", err) // not wrapped: whatever kind it is of, it is not the caller's fault
	}
	return webservice.WriteJSON(w, http.StatusOK, done)
}

func (s *Sweeper) sweep(ctx context.Context) (report, error) {
	var done report
	now := s.Now()
	err := errors.Join(s.certificates(ctx, now, &done), s.devices(ctx, now, &done), s.documents(ctx, now, &done), s.objects(ctx, now, &done))
	return done, err
}

// certificates says in the log how many whole days each pass type's certificate has left, zero when it has ended. The alerts
// before it ends read these lines. (Below zero, the sum of what a metric counts would fall, which reads as a new beginning.)
func (s *Sweeper) certificates(ctx context.Context, now time.Time, done *report) error {
	expiries, err := s.Expiries()
	for _, passType := range slices.Sorted(maps.Keys(expiries)) {
		days := max(0, int(expiries[passType].Sub(now).Hours()/24))
		s.Log.InfoContext(ctx, "certificate", "passTypeIdentifier", passType, "days", days)
		done.Certificates++
	}
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	return nil
}
