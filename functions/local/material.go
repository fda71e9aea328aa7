package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// The pass type and team of the throwaway certificates.
const (
	defaultPassType = "pass.com.example.loyalty"
	defaultTeam     = "TEAMID1234"
)

// material is what signs: real certificates, or throwaway ones under a root of our own.
type material struct {
	identities map[string]pkpass.Identity
	throwaway  *devcerts.Authority // signs the fake APNs too, whatever signs the passes
	roots      *x509.CertPool      // what the simulated iPhone trusts; nil for Apple's
}

func openMaterial(dir string, now time.Time) (material, error) {
	authority, err := devcerts.New(now)
	if err != nil {
		return material{}, err
	}
	m := material{throwaway: authority}
	if dir != "" {
		if err := exists("certs", dir); err != nil {
			return m, err
		}
		if m.identities, err = readIdentities(os.DirFS(dir), now); err != nil {
			return m, fmt.Errorf("in %s: %w", dir, err)
		}
		m.roots, err = pkpass.ReadRoots(os.DirFS(dir))
		return m, err
	}
	identity, err := authority.PassIdentity(defaultPassType, defaultTeam)
	m.identities = map[string]pkpass.Identity{defaultPassType: identity}
	m.roots = authority.Pool()
	return m, err
}

// readIdentities takes only those that can sign now: whoever starts it by hand is there to hear of the others.
func readIdentities(folder fs.FS, now time.Time) (map[string]pkpass.Identity, error) {
	identities, err := pkpass.ReadIdentities(folder)
	errs := []error{err}
	for passType, identity := range identities {
		if err := identity.Check(passType, identity.TeamIdentifier(), now); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", passType, err))
		}
	}
	return identities, errors.Join(errs...)
}

func (m material) passTypes() []string { return slices.Collect(maps.Keys(m.identities)) }

func (m material) expiries() (map[string]time.Time, error) {
	expiries := make(map[string]time.Time)
	for passType, identity := range m.identities {
		expiries[passType] = identity.NotAfter()
	}
	return expiries, nil
}

func (m material) teams() map[string]string {
	teams := make(map[string]string)
	for passType, identity := range m.identities {
		teams[passType] = identity.TeamIdentifier()
	}
	return teams
}
