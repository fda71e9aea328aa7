package install

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// writeBundle answers with several packages at once, in the order of the link: an archive of them, without signature. It is
// sent as it is made: each package is read twice, first for its length and checksum, so that none is held in memory. A link
// has as many passes as a bundle may have, and that many of the largest packages are within the 150 MB that it may have.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
func writeBundle(w http.ResponseWriter, r *http.Request, bucket webservice.Bucket, linked []wallet.CurrentPackage) error {
	entries := make([]*zip.FileHeader, len(linked))
	for i, pkg := range linked {
		length, checksum, err := measure(r.Context(), bucket, pkg)
		if err != nil {
			return err
		}
		entries[i] = &zip.FileHeader{
			Name:               fmt.Sprintf("%02d-%s.pkpass", i+1, pkg.ID.SerialNumber), // two pass types may use one serial number
			Method:             zip.Store,
			ModifiedDate:       zipDate, //lint:ignore SA1019 CreateRaw writes this field and not Modified
			CRC32:              checksum,
			CompressedSize64:   uint64(length),
			UncompressedSize64: uint64(length),
		}
	}
	w.Header().Set("Content-Type", "application/vnd.apple.pkpasses")
	w.Header().Set("Content-Length", strconv.FormatInt(archiveLength(entries), 10))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	archive := zip.NewWriter(w)
	for i, pkg := range linked {
		entry, err := archive.CreateRaw(entries[i])
		if err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
		if _, err := copyPackage(r.Context(), entry, bucket, pkg); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return nil
}

// zipDate is 1 January 1980, the first day that an archive can name, in MS-DOS form: equal packages give equal bundles.
const zipDate = 1<<5 | 1

// archiveLength is the exact length of an archive of stored entries, in bytes: a local header of 30 bytes and a directory entry
// of 46 for each, both with the name, and 22 bytes at the end.
func archiveLength(entries []*zip.FileHeader) int64 {
	length := int64(22)
	for _, e := range entries {
		length += 30 + 46 + 2*int64(len(e.Name)) + int64(e.CompressedSize64)
	}
	return length
}

// measure reads a package for its length in bytes and its checksum.
func measure(ctx context.Context, bucket webservice.Bucket, pkg wallet.CurrentPackage) (length int64, checksum uint32, err error) {
	sum := crc32.NewIEEE()
	length, err = copyPackage(ctx, sum, bucket, pkg)
	return length, sum.Sum32(), err
}

// copyPackage writes the bytes of a package. That the record's object is not there is our fault, and no [wallet.ErrNotFound].
func copyPackage(ctx context.Context, w io.Writer, bucket webservice.Bucket, pkg wallet.CurrentPackage) (int64, error) {
	object, _, err := bucket.Open(ctx, pkg.Object)
	if errors.Is(err, wallet.ErrNotFound) {
		return 0, fmt.Errorf("package %v version %d: %v", pkg.ID, pkg.Version, err)
	}
	if err != nil {
		return 0, fmt.Errorf("package %v version %d: %w", pkg.ID, pkg.Version, err)
	}
	defer object.Close()
	n, err := io.Copy(w, object)
	if err != nil {
		return n, fmt.Errorf("package %v version %d: %w", pkg.ID, pkg.Version, err)
	}
	return n, nil
}
