package webservice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// ContentType is the media type of a signed pass.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
const ContentType = "application/vnd.apple.pkpass"

// Bucket opens signed packages.
type Bucket interface {
	// Open returns the object and its size in bytes, or [wallet.ErrNotFound].
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
}

// WritePackage streams the package of a record, with the Last-Modified of that same record.
func WritePackage(w http.ResponseWriter, r *http.Request, bucket Bucket, pkg wallet.CurrentPackage) error {
	object, size, err := bucket.Open(r.Context(), pkg.Object)
	if errors.Is(err, wallet.ErrNotFound) {
		// A record without its object is our fault, and must not look like an unknown pass.
		return fmt.Errorf("package %v version %d: %v", pkg.ID, pkg.Version, err)
	}
	if err != nil {
		return fmt.Errorf("package %v version %d: %w", pkg.ID, pkg.Version, err)
	}
	defer object.Close()
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	SetLastModified(w, pkg.LastModified)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	// Fewer bytes than announced make the server drop the connection, so nobody takes half a package for a whole one.
	if _, err := io.Copy(w, object); err != nil {
		return fmt.Errorf("package %v version %d: %w", pkg.ID, pkg.Version, err)
	}
	return nil
}

// SetLastModified writes the header in the one form that HTTP generates (RFC 9110, 5.6.7).
func SetLastModified(w http.ResponseWriter, t time.Time) {
	w.Header().Set("Last-Modified", t.UTC().Format(http.TimeFormat))
}

// NotModified reports that the request's If-Modified-Since, in any of the three date forms, is t or later. A date that is
// missing or cannot be read answers no: the device gets the pass.
func NotModified(r *http.Request, t time.Time) bool {
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !t.After(since)
}
