package install

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// writeBundle answers with several packages at once.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
func writeBundle(w http.ResponseWriter, r *http.Request, bucket webservice.Bucket, linked []wallet.CurrentPackage) error {
	entries := make([]pkpass.BundleEntry, len(linked))
	for i, pkg := range linked {
		data, err := read(r.Context(), bucket, pkg)
		if err != nil {
			return err
		}
		// Two pass types may use one serial number.
		entries[i] = pkpass.BundleEntry{Name: fmt.Sprintf("%d-%s.pkpass", i+1, pkg.ID.SerialNumber), Data: data}
	}
	bundle, err := pkpass.Bundle(entries)
	if err != nil {
		return fmt.Errorf("install: %v", err) // not wrapped: the passes are ours, and so is the fault
	}
	w.Header().Set("Content-Type", "application/vnd.apple.pkpasses")
	_, err = w.Write(bundle)
	return err
}

// read returns the bytes of a package. That the record's object is not there is our fault, whatever the kind.
func read(ctx context.Context, bucket webservice.Bucket, pkg wallet.CurrentPackage) ([]byte, error) {
	object, _, err := bucket.Open(ctx, pkg.Object)
	if err != nil {
		return nil, fmt.Errorf("package %v version %d: %v", pkg.ID, pkg.Version, err)
	}
	defer object.Close()
	data, err := io.ReadAll(object)
	if err != nil {
		return nil, fmt.Errorf("package %v version %d: %w", pkg.ID, pkg.Version, err)
	}
	return data, nil
}
