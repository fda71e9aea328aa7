package pkpass

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// minValidity is how long a certificate must still live to sign with it: long enough that every device has fetched the
// package before it lapses.
const minValidity = 24 * time.Hour

// Check says everything that keeps the identity from signing passes of this type and team now: another pass type, another
// team, a certificate that is not valid yet, has expired or will within 24 hours, an intermediate that is missing, expired
// or not the issuer. That the key fits the certificate was settled by [NewIdentity].
func (id Identity) Check(passTypeIdentifier, teamIdentifier string, now time.Time) error {
	if id.certificate == nil {
		return errors.New("there is no signing identity")
	}
	issuer, err := issuerOf(id.certificate, id.intermediates)
	return errors.Join(id.checkOwner(passTypeIdentifier, teamIdentifier), err, id.checkDates(issuer, now))
}

// checkLasting is [Identity.Check] without what time changes, for whichever team the certificate names.
func (id Identity) checkLasting(passTypeIdentifier string) error {
	_, err := issuerOf(id.certificate, id.intermediates)
	return errors.Join(id.checkOwner(passTypeIdentifier, id.team), err)
}

// checkOwner compares what the certificate was issued for with what it is to sign.
func (id Identity) checkOwner(passTypeIdentifier, teamIdentifier string) error {
	var problems []error
	differs := func(what, has, want string) {
		if has != want {
			problems = append(problems, fmt.Errorf("%s differs: the certificate %q has %q, the pass %q",
				what, id.certificate.Subject.CommonName, has, want))
		}
	}
	differs("pass type", id.passType, passTypeIdentifier)
	differs("pass type (subject UID)", id.userID, passTypeIdentifier)
	differs("team", id.team, teamIdentifier)
	return errors.Join(problems...)
}

// checkDates looks at the certificate and, when it is known, its issuer.
func (id Identity) checkDates(issuer *x509.Certificate, now time.Time) error {
	problems := []error{checkValidity(id.certificate, now)}
	if left := id.certificate.NotAfter.Sub(now); left >= 0 && left < minValidity {
		problems = append(problems, fmt.Errorf("certificate %q expires in %v, at %v; signing stops 24 h before: renew it",
			id.certificate.Subject.CommonName, left.Round(time.Second), id.certificate.NotAfter.UTC()))
	}
	if issuer != nil {
		problems = append(problems, checkValidity(issuer, now))
	}
	return errors.Join(problems...)
}

// checkValidity reports a time outside the certificate's own two dates.
func checkValidity(c *x509.Certificate, at time.Time) error {
	switch {
	case at.Before(c.NotBefore):
		return fmt.Errorf("certificate %q is not valid before %v; it is %v", c.Subject.CommonName, c.NotBefore.UTC(), at.UTC())
	case at.After(c.NotAfter):
		return fmt.Errorf("certificate %q expired at %v; it is %v", c.Subject.CommonName, c.NotAfter.UTC(), at.UTC())
	}
	return nil
}
