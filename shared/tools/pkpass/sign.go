package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"walletpasses.example/server/shared/gcp/kms"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/pkpass/lint"
	"walletpasses.example/server/shared/tools/pkpass/prepare"
	"walletpasses.example/server/shared/wallet"
)

// sign makes a package of a template folder. What a phone would refuse is said and not signed.
func (t tool) sign(args []string) error {
	flags := flag.NewFlagSet("sign", flag.ContinueOnError)
	data := flags.String("data", "", "")
	certificates := flags.String("certs", "certs", "")
	out := flags.String("out", "", "")
	var request prepare.Request
	flags.StringVar(&request.PassTypeIdentifier, "type", "", "")
	flags.StringVar(&request.SerialNumber, "serial", "", "")
	folders, err := parse(flags, args)
	if err == nil {
		err = count(folders, 1)
	}
	if err != nil {
		return err
	}
	if request.Data, err = readData(*data); err != nil {
		return err
	}
	folder := filepath.Clean(folders[0])
	pass, findings, err := prepared(folder, request)
	if err != nil {
		return err
	}
	if findings.Err() != nil {
		return t.refuse(folder, findings)
	}
	identity, err := t.identity(*certificates, pass.PassTypeIdentifier())
	if err != nil {
		return err
	}
	source, err := pass.Source(identity.TeamIdentifier())
	if err != nil {
		return err
	}
	findings = append(findings, lint.Source(source)...)
	if own := identity.TeamIdentifier(); pass.TeamIdentifier() != "" && pass.TeamIdentifier() != own {
		findings.Errorf("pass.json#/teamIdentifier", "REJ-6", "teamIdentifier is %q, the certificate was issued for %q", pass.TeamIdentifier(), own)
	}
	if findings.Err() != nil {
		return t.refuse(folder, findings)
	}
	archive, err := pkpass.Package(source, pkpass.NewSigner(identity, t.now))
	if err != nil {
		return err
	}
	name := cmp.Or(*out, strings.TrimSuffix(filepath.Base(folder), filepath.Ext(folder))+".pkpass")
	if err := os.WriteFile(name, archive, 0o644); err != nil {
		return err
	}
	return printFindings(t.stdout, name, findings, "signed", "not signed")
}

// refuse says what is wrong with a folder.
func (t tool) refuse(folder string, findings wallet.Findings) error {
	if err := printFindings(t.stderr, folder, findings, "signed", "not signed"); err != nil {
		return err
	}
	return errWrong
}

// prepared fills the template of a folder, and reads nothing outside it.
func prepared(folder string, request prepare.Request) (prepare.Pass, wallet.Findings, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return prepare.Pass{}, nil, err
	}
	defer root.Close()
	return prepare.FromFolder(root.FS(), folder, request)
}

// identity finds the one that signs passes of a type.
func (t tool) identity(folder, passType string) (pkpass.Identity, error) {
	if passType == "" {
		return pkpass.Identity{}, fmt.Errorf("%w: pass.json has no passTypeIdentifier; give one with -type", errUsage)
	}
	identities, err := pkpass.ReadIdentities(os.DirFS(folder), pkpass.OpenKeys(kms.CheckReference, t.openKey))
	identity, ok := identities[passType]
	if !ok && err != nil {
		return pkpass.Identity{}, fmt.Errorf("certificates in %s: %w", folder, err)
	}
	if !ok {
		return pkpass.Identity{}, fmt.Errorf("certificates in %s: there is no %s.pem or .p12", folder, passType)
	}
	return identity, nil
}

// readData reads the values of the placeholders.
func readData(name string) (map[string]any, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	data, findings, err := wallet.DecodeObject(text)
	if err == nil {
		err = findings.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
