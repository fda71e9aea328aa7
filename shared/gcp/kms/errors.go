package kms

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"walletpasses.example/server/shared/gcp/call"
)

// keyError names the key, what was done with it, and what to do about it where that is known.
func keyError(name, doing string, err error) error {
	if todo := advice(err); todo != "" {
		return fmt.Errorf("KMS key %s: %s: %s: %w", name, doing, todo, call.Failure(err))
	}
	return fmt.Errorf("KMS key %s: %s: %w", name, doing, call.Failure(err))
}

// advice is for the answers that somebody can do something about. A deadline is met while the client waits to call again,
// so it arrives as the context's error, whatever KMS had answered before.
func advice(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "KMS did not answer in time"
	}
	switch status.Code(err) {
	case codes.PermissionDenied:
		return "grant this service account roles/cloudkms.signerVerifier on the key"
	case codes.NotFound:
		return "there is no such version; see them with gcloud kms keys versions list"
	case codes.FailedPrecondition:
		return "the version must be enabled; see its state with gcloud kms keys versions describe"
	default:
		return ""
	}
}
