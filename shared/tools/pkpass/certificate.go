package main

import (
	"crypto/rsa"
	"crypto/x509"
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"walletpasses.example/server/shared/pkpass"
)

// certificateFlags are the flags of the verb.
type certificateFlags struct {
	request, pem            bool
	key, wwdr, out, pwdFile string
}

// certificate describes a certificate, or turns a .p12 into PEM, or makes a request for one.
func (t tool) certificate(args []string) error {
	var f certificateFlags
	flags := flag.NewFlagSet("certificate", flag.ContinueOnError)
	flags.BoolVar(&f.request, "request", false, "")
	flags.BoolVar(&f.pem, "pem", false, "")
	flags.StringVar(&f.key, "key", "", "")
	flags.StringVar(&f.wwdr, "wwdr", "", "")
	flags.StringVar(&f.out, "out", "", "")
	flags.StringVar(&f.pwdFile, "password-file", "", "")
	files, err := parse(flags, args)
	if err != nil {
		return err
	}
	wanted := 1
	if f.request {
		wanted = 0
	}
	if err := count(files, wanted); err != nil {
		return err
	}
	switch {
	case f.request:
		return t.request(f)
	case f.pem:
		return t.toPEM(files[0], f)
	default:
		return t.describe(files[0], f)
	}
}

// describe prints what a certificate is for and what is wrong with it.
func (t tool) describe(name string, f certificateFlags) error {
	m, err := readMaterial(name, f.pwdFile)
	if err != nil {
		return err
	}
	if f.key != "" {
		if err := m.addKey(f.key); err != nil {
			return err
		}
	}
	leaf, others := m.leaf()
	if f.wwdr != "" {
		more, err := readCertificates(f.wwdr)
		if err != nil {
			return err
		}
		others = append(others, more...)
	}
	findings := pkpass.CheckCertificate(leaf, others, t.now())
	if m.hasKey() {
		if err := t.keyFits(m, leaf); err != nil {
			findings.Errorf(leaf.Subject.CommonName, "KEY-4", "%v", err)
		}
	}
	if err := t.printCertificate(name, m, leaf, others); err != nil {
		return err
	}
	if err := printFindings(t.stdout, name, findings, "it signs passes", "it cannot sign passes"); err != nil {
		return err
	}
	if findings.Err() != nil {
		return errWrong
	}
	return nil
}

// printCertificate shows a certificate and what is beside it, and nothing of the key.
func (t tool) printCertificate(name string, m material, leaf *x509.Certificate, others []*x509.Certificate) error {
	w := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, name)
	subject := pkpass.SubjectOf(leaf)
	line(w, "name", printable(leaf.Subject.CommonName))
	if subject.PassTypeIdentifier != "" {
		line(w, "for", "signing passes of the type "+printable(subject.PassTypeIdentifier)+", and pushing to them")
	}
	if subject.NFC {
		line(w, "nfc", "yes")
	}
	line(w, "team", printable(subject.TeamIdentifier+" "+subject.Organization))
	line(w, "issued by", printable(leaf.Issuer.CommonName))
	line(w, "valid from", leaf.NotBefore.UTC().Format(time.RFC3339))
	line(w, "valid until", fmt.Sprintf("%s (%d days left)", leaf.NotAfter.UTC().Format(time.RFC3339), int(leaf.NotAfter.Sub(t.now()).Hours()/24)))
	line(w, "key", describeKey(leaf))
	line(w, "private key", m.whereKey())
	for _, c := range others {
		line(w, "beside it", fmt.Sprintf("%s, until %s", printable(c.Subject.CommonName), c.NotAfter.UTC().Format(time.RFC3339)))
	}
	return w.Flush()
}

func describeKey(c *x509.Certificate) string {
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		return fmt.Sprintf("RSA with %d bits", key.N.BitLen())
	}
	return c.PublicKeyAlgorithm.String()
}

// leaf tells the certificate in question from those beside it: the one for passes, else the first that issues no others.
func (m material) leaf() (*x509.Certificate, []*x509.Certificate) {
	i := slices.IndexFunc(m.certificates, func(c *x509.Certificate) bool { return pkpass.SubjectOf(c).PassTypeIdentifier != "" })
	if i < 0 {
		i = max(0, slices.IndexFunc(m.certificates, func(c *x509.Certificate) bool { return !c.IsCA }))
	}
	return m.certificates[i], slices.Concat(m.certificates[:i], m.certificates[i+1:])
}

func readCertificates(name string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	certificates, err := pkpass.ParseCertificates(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return certificates, nil
}
