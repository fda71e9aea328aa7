package pkpass

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// ReadIdentities reads the signing material of a folder: for each pass type a file <passTypeIdentifier>.pem, with
// certificate and private key, or <passTypeIdentifier>.p12, whose password stands in <passTypeIdentifier>.password or is
// empty. Every other .pem, .cer or .crt file holds intermediate certificates, such as AppleWWDRCAG4.cer. Files may lie in
// folders of their own, as Secret Manager mounts them. Each identity has been checked against the name of its file and its key,
// and its issuer is there; the error names every file with something wrong. Dates are not looked at: a certificate that has
// expired is no reason to be without the others, and [Signer.Sign] refuses it by itself.
//
// With [OpenKeys], a .pem file may hold a reference in place of the private key: a line gcpkms://….
func ReadIdentities(folder fs.FS, options ...IdentityOption) (map[string]Identity, error) {
	files, err := readCertificateFiles(folder)
	if err != nil {
		return nil, err
	}
	files.referenced = refuseReference
	for _, option := range options {
		option(&files)
	}
	identities := make(map[string]Identity)
	var errs []error
	for passType, file := range files.passTypes {
		id, err := file.identity(files.referenced)
		if err == nil {
			id = id.WithIntermediates(files.intermediates...)
			err = id.checkLasting(passType)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file.name, err))
			continue
		}
		identities[passType] = id
	}
	if len(files.passTypes) == 0 {
		errs = append(errs, errNoPassType)
	}
	return identities, errors.Join(errs...)
}

// An IdentityOption says more about how [ReadIdentities] reads.
type IdentityOption func(*certificateFiles)

// OpenKeys lets files refer to private keys. While reading, check alone looks at each reference; open is called for the first
// signature with its key. Without this option, a reference is an error.
func OpenKeys(check func(reference string) error, open KeyOpener) IdentityOption {
	return func(files *certificateFiles) {
		files.referenced = func(reference string, certificates []*x509.Certificate) (crypto.Signer, error) {
			if err := check(reference); err != nil {
				return nil, err
			}
			return newRemoteKey(reference, certificates, open)
		}
	}
}

var errNoPassType = errors.New("there is no file named <passTypeIdentifier>.pem or .p12")

// ReadTeams reads the team identifier of each pass type from the certificates of a folder like that of [ReadIdentities]. No
// private key is needed, so a function that only has to know whose passes it writes need not be given one.
func ReadTeams(folder fs.FS) (map[string]string, error) {
	files, err := readCertificateFiles(folder)
	if err != nil {
		return nil, err
	}
	teams := make(map[string]string)
	for passType, file := range files.passTypes {
		certificates, err := file.certificatesOf(passType)
		if err != nil {
			return nil, err
		}
		teams[passType] = teamOf(certificates[len(certificates)-1])
		if teams[passType] == "" {
			return nil, fmt.Errorf("%s: the certificate for the pass type %s names no team", file.name, passType)
		}
	}
	return teams, nil
}

// ReadExpiries reads, as [ReadTeams] does, the end of each pass type's certificate: of several, the first to end. A file that
// cannot be read does not hide the others; the error names each.
func ReadExpiries(folder fs.FS) (map[string]time.Time, error) {
	files, err := readCertificateFiles(folder)
	if err != nil {
		return nil, err
	}
	expiries := make(map[string]time.Time)
	var errs []error
	for passType, file := range files.passTypes {
		certificates, err := file.certificatesOf(passType)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		first := slices.MinFunc(certificates, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
		expiries[passType] = first.NotAfter
	}
	if len(files.passTypes) == 0 {
		errs = append(errs, errNoPassType)
	}
	return expiries, errors.Join(errs...)
}

// ReadRoots returns the self-signed certificates of a folder like that of [ReadIdentities], which whoever put them there
// means to be trusted; nil when there are none.
func ReadRoots(folder fs.FS) (*x509.CertPool, error) {
	files, err := readCertificateFiles(folder)
	if err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	for _, c := range files.intermediates {
		if c.CheckSignatureFrom(c) == nil {
			if roots == nil {
				roots = x509.NewCertPool()
			}
			roots.AddCert(c)
		}
	}
	return roots, nil
}

type certificateFiles struct {
	passTypes     map[string]certificateFile
	intermediates []*x509.Certificate
	referenced    keyFinder
}

type certificateFile struct {
	name, password string
	data           []byte
}

func (f certificateFile) identity(referenced keyFinder) (Identity, error) {
	if path.Ext(f.name) == ".p12" {
		id, err := ParsePKCS12(f.data, f.password)
		if err != nil {
			err = fmt.Errorf("%w (its password is read from %s.password)", err, strings.TrimSuffix(f.name, ".p12"))
		}
		return id, err
	}
	return parsePEM(f.data, referenced)
}

// certificatesOf returns the certificates of the pass type in the file: one or more.
func (f certificateFile) certificatesOf(passType string) ([]*x509.Certificate, error) {
	certificates, err := ParseCertificates(f.data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	own := slices.DeleteFunc(certificates, func(c *x509.Certificate) bool { return passTypeMarker(c) != passType })
	if len(own) == 0 {
		return nil, fmt.Errorf("%s: holds no certificate for the pass type %s", f.name, passType)
	}
	return own, nil
}

func readCertificateFiles(folder fs.FS) (certificateFiles, error) {
	files := certificateFiles{passTypes: make(map[string]certificateFile)}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), "..") {
			return fs.SkipDir // how mounted secrets keep their older versions
		}
		ext := path.Ext(name)
		if entry.IsDir() || ext != ".pem" && ext != ".p12" && ext != ".cer" && ext != ".crt" {
			return nil
		}
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		stem := strings.TrimSuffix(path.Base(name), ext)
		if (ext == ".pem" || ext == ".p12") && wallet.ValidatePassType(stem) == nil {
			password, err := fs.ReadFile(folder, strings.TrimSuffix(name, ext)+".password")
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			files.passTypes[stem] = certificateFile{name, Password(password), data}
			return nil
		}
		certificates, err := ParseCertificates(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files.intermediates = append(files.intermediates, certificates...)
		return nil
	})
	return files, err
}
