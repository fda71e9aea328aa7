package lint_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/pkpass/lint"
	"walletpasses.example/server/shared/wallet"
)

func archive(names ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		if f, err := w.Create(name); err == nil {
			f.Write([]byte(`{"formatVersion": 1, "posterGeneric": {}, "preferredStyleSchemes": ["posterEventTicket"]}`))
		}
	}
	w.Close()
	return b.Bytes()
}

// Whatever a file is, it is looked into without a panic, and what is no signed pass has an error.
func FuzzFile(f *testing.F) {
	f.Add([]byte("<html>"))
	f.Add([]byte("PK\x05\x06" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(archive("pass.json", "manifest.json", "signature", "icon.png", "de.lproj/pass.strings"))
	f.Add(archive("a.pkpass", "b.pkpass"))
	f.Add(archive("Card.pass/pass.json"))
	corpus, err := filepath.Glob("../../../pkpass/testdata/hostile/*.pkpass")
	if err != nil || len(corpus) == 0 {
		f.Fatalf("%d files, %v", len(corpus), err)
	}
	for _, file := range corpus {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	options := pkpass.VerifyOptions{Now: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, data []byte) {
		findings, err := lint.File(bytes.NewReader(data), int64(len(data)), options)
		if err != nil {
			t.Fatalf("a file in memory could not be read: %v", err)
		}
		if findings.Err() == nil {
			t.Error("a file that Apple did not sign is taken")
		}
		for _, finding := range findings {
			if finding.Rule == "" || finding.Message == "" || finding.Severity != wallet.SeverityError && finding.Severity != wallet.SeverityWarning {
				t.Errorf("an incomplete finding: %v", finding)
			}
		}
	})
}
