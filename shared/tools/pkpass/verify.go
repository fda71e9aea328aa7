package main

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/pkpass/lint"
	"walletpasses.example/server/shared/wallet"
)

// verify prints everything wrong with a file.
func (t tool) verify(args []string) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "")
	root := flags.String("root", "", "")
	files, err := parse(flags, args)
	if err == nil {
		err = count(files, 1)
	}
	if err != nil {
		return err
	}
	options := pkpass.VerifyOptions{Now: t.now()}
	if *root != "" {
		if options.Roots, err = readRoots(*root); err != nil {
			return err
		}
	}
	findings, err := lintFile(files[0], options)
	if err != nil {
		return err
	}
	if *asJSON {
		err = printJSON(t.stdout, findings)
	} else {
		err = printFindings(t.stdout, files[0], findings, "nothing is wrong that a phone would refuse", "a phone would refuse it")
	}
	if err != nil {
		return err
	}
	if findings.Err() != nil {
		return errWrong
	}
	return nil
}

// readRoots reads the certificates of a file as trust anchors.
func readRoots(name string) (*x509.CertPool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	certificates, err := pkpass.ParseCertificates(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	roots := x509.NewCertPool()
	for _, c := range certificates {
		roots.AddCert(c)
	}
	return roots, nil
}

func lintFile(name string, options pkpass.VerifyOptions) (wallet.Findings, error) {
	file, size, err := open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return lint.File(file, size, options)
}

// open opens a regular file, and nothing that could keep the tool waiting.
func open(name string) (*os.File, int64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a file", name)
	}
	file, err := os.Open(name)
	return file, info.Size(), err
}

// printJSON writes what programs read: {"valid": …, "findings": […]}.
func printJSON(out io.Writer, findings wallet.Findings) error {
	if findings == nil {
		findings = wallet.Findings{}
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Valid    bool            `json:"valid"`
		Findings wallet.Findings `json:"findings"`
	}{findings.Err() == nil, findings})
}

// printFindings writes one finding a line, errors first, and what follows from them: that all is well, or not.
func printFindings(out io.Writer, name string, findings wallet.Findings, well, notWell string) error {
	count := make(map[wallet.Severity]int)
	for _, severity := range []wallet.Severity{wallet.SeverityError, wallet.SeverityWarning} {
		for _, f := range findings {
			if f.Severity != severity {
				continue
			}
			count[severity]++
			if _, err := fmt.Fprintf(out, "%-7s %-10s %s: %s\n", f.Severity, f.Rule, cmp.Or(printable(f.Path), "the file"), printable(f.Message)); err != nil {
				return err
			}
		}
	}
	verdict := well
	if count[wallet.SeverityError] > 0 {
		verdict = notWell
	}
	_, err := fmt.Fprintf(out, "%s: %s (%s, %s)\n", name, verdict,
		plural(count[wallet.SeverityError], "error"), plural(count[wallet.SeverityWarning], "warning"))
	return err
}
