package regenerate_test

import (
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
)

// When a certificate ends, no document is to blame: the record and its package stay as they are, and the message is delivered
// again until there is a new certificate.
func TestAnExpiredCertificateLeavesThePackage(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	before, served := l.current(), l.served()

	signing, err := signing()
	l.check(err)
	good := l.packager.Signers[card.PassTypeIdentifier]
	l.packager.Signers[card.PassTypeIdentifier] = pkpass.NewSigner(signing.identity, func() time.Time { return signing.identity.NotAfter().Add(time.Hour) })
	l.points(2)
	if err := l.deliver(); err == nil || !strings.Contains(err.Error(), "expired at") {
		t.Errorf("with an expired certificate: %v", err)
	}
	if now := l.current(); now.Revision != before.Revision || l.served() != served {
		t.Errorf("the record was %+v, and is %+v", before, now)
	}

	l.packager.Signers[card.PassTypeIdentifier] = good
	l.check(l.deliver())
	if l.current().Version != 2 || !strings.Contains(l.served(), `"value":2`) {
		t.Errorf("with a new certificate: %+v", l.current())
	}
}
