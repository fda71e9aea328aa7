package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"walletpasses.example/server/shared/pkpass"
)

// material is what a file of certificates holds. The key is PEM, as it is written to a file, and never printed, or a
// reference to one that stands elsewhere.
type material struct {
	certificates []*x509.Certificate
	key          []byte
	reference    string
}

// readMaterial reads PEM, DER, the form of Apple's .cer, or PKCS#12, the form of Keychain's .p12.
func readMaterial(name, passwordFile string) (material, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return material{}, err
	}
	certificates, err := pkpass.ParseCertificates(data)
	if err == nil {
		return material{certificates: certificates, key: keyBlocks(data), reference: reference(data)}, nil
	}
	if bytes.Contains(data, []byte("-----BEGIN")) {
		return material{}, fmt.Errorf("%s: %w", name, err)
	}
	password, err := readPassword(name, passwordFile)
	if err != nil {
		return material{}, err
	}
	m, err := parsePKCS12(data, password)
	if err != nil {
		return material{}, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// readPassword reads a .p12's password from the file that was named, or from the one that has its name and ends in
// .password, where there is one.
func readPassword(name, passwordFile string) (string, error) {
	file := passwordFile
	if file == "" {
		file = strings.TrimSuffix(name, filepath.Ext(name)) + ".password"
	}
	password, err := os.ReadFile(file)
	if err != nil && (passwordFile != "" || !errors.Is(err, fs.ErrNotExist)) {
		return "", err
	}
	return pkpass.Password(password), nil
}

// parsePKCS12 reads old ciphers and new ones.
func parsePKCS12(data []byte, password string) (material, error) {
	key, first, others, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return material{}, errors.New("the password is wrong; put the right one into a file and name it with -password-file")
	}
	if err != nil {
		return material{}, fmt.Errorf("neither a certificate in PEM or DER nor PKCS#12 with certificate and key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return material{}, fmt.Errorf("PKCS#12: %w", err)
	}
	return material{
		certificates: append([]*x509.Certificate{first}, others...),
		key:          pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}, nil
}

// keyBlocks returns the private keys in a PEM text, still as PEM.
func keyBlocks(text []byte) []byte {
	var keys []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			keys = append(keys, pem.EncodeToMemory(block)...)
		}
	}
	return keys
}

// reference returns the last line of a PEM text that says where a key is, or "".
func reference(text []byte) string {
	references := pkpass.KeyReferences(text)
	if len(references) == 0 {
		return ""
	}
	return references[len(references)-1]
}

func (m material) hasKey() bool { return len(m.key) > 0 || m.reference != "" }

// whereKey says where the private key is, in words.
func (m material) whereKey() string {
	switch {
	case m.reference != "":
		return "at " + printable(m.reference)
	case len(m.key) > 0:
		return "there"
	default:
		return "not there"
	}
}

// addKey takes the private key from another file, or from where a reference says.
func (m *material) addKey(name string) error {
	if m.key, m.reference = nil, reference([]byte(name)); m.reference != "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if m.key = keyBlocks(text); m.key == nil {
		return fmt.Errorf("%s: there is no private key in PEM", name)
	}
	return nil
}

// keyFits reports a key that is not the one of a certificate, or cannot be read.
func (t tool) keyFits(m material, c *x509.Certificate) error {
	if m.reference == "" {
		_, err := pkpass.ParsePEM(append(certificatePEM(c), m.key...))
		return err
	}
	key, err := t.openKey(m.reference)
	if err != nil {
		return err
	}
	_, err = pkpass.NewIdentity(key, c)
	return err
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// toPEM writes everything in a file as PEM: the pass certificate, its key, and what is beside them. A file that it makes can
// be read by its owner alone, and none is overwritten.
func (t tool) toPEM(name string, f certificateFlags) error {
	m, err := readMaterial(name, f.pwdFile)
	if err != nil {
		return err
	}
	leaf, others := m.leaf()
	text := append(certificatePEM(leaf), m.key...)
	if m.reference != "" {
		text = append(text, m.reference+"\n"...)
	}
	for _, c := range others {
		text = append(text, certificatePEM(c)...)
	}
	if f.out == "" {
		_, err := t.stdout.Write(text)
		return err
	}
	return writeSecret(f.out, text)
}

// writeSecret makes a file for its owner alone.
func writeSecret(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, bytes.NewReader(text))
	return errors.Join(err, file.Close())
}
