package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"walletpasses.example/server/shared/wallet"
)

// failure says what went wrong on the way to a host without the addresses that the cause names.
func failure(ctx context.Context, host string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%.100s did not answer in time: %w", host, cause)
	}
	if redirect, ok := errors.AsType[*url.Error](err); ok && errors.Is(err, wallet.ErrInvalid) {
		return redirect.Err
	}
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return fmt.Errorf("%w: %.100s %s; use a public host", wallet.ErrInvalid, host, refused.reason)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return fmt.Errorf("%w: there is no host %.100s; check the address", wallet.ErrInvalid, host)
		}
		return fmt.Errorf("the name %.100s cannot be resolved now; try again later", host)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("%w: the certificate of %.100s is not valid for it; renew it, or use another host", wallet.ErrInvalid, host)
	}
	return fmt.Errorf("the connection to %.100s failed; try again later", host)
}

// checkStatus wants 200. Of the others, some may pass.
func checkStatus(host string, status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return fmt.Errorf("%.100s answers %d; try again later", host, status)
	}
	return fmt.Errorf("%w: %.100s answers %d instead of the file; check the address, and that everybody may read it",
		wallet.ErrInvalid, host, status)
}
