package main

import (
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	folder := t.TempDir()
	good := write(t, "good.pkpass", packaged(t, nil))
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string // in the output of one kind or the other
	}{
		{"nothing", nil, 2, "usage:"},
		{"help", []string{"-h"}, 0, "pkpass diff A B"},
		{"help of a verb", []string{"verify", "-h"}, 0, "pkpass verify [-json]"},
		{"another verb", []string{"validate", good}, 2, `no verb "validate"`},
		{"no file", []string{"verify"}, 2, "0 files"},
		{"two files", []string{"inspect", good, good}, 2, "2 files"},
		{"another flag", []string{"verify", "-strict", good}, 2, "-strict"},
		{"a file that is not there", []string{"verify", folder + "/none.pkpass"}, 2, "no such file"},
		{"a folder", []string{"verify", folder}, 2, "is not a file"},
		{"a device", []string{"verify", "/dev/zero"}, 2, "is not a file"},
		{"a root that is not there", []string{"verify", "-root", folder + "/none.pem", good}, 2, "no such file"},
		{"a root that is none", []string{"verify", good, "-root", good}, 2, "neither PEM nor DER"},
		{"inspect what is no zip", []string{"inspect", write(t, "text.pkpass", []byte("text"))}, 2, "is no package"},
		{"one file to compare", []string{"diff", good}, 2, "1 file"},
		{"a certificate that is none", []string{"certificate", good}, 2, "neither a certificate"},
		{"sign without a folder", []string{"sign", folder + "/none"}, 2, "no such file"},
		{"sign a template without pass.json", []string{"sign", folder}, 1, "PKG-2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := runTool(c.args...)
			if status != c.status || !strings.Contains(stdout+stderr, c.want) {
				t.Errorf("exit status %d, want %d and %q:\n%s%s", status, c.status, c.want, stdout, stderr)
			}
			if status == 2 && stdout != "" {
				t.Errorf("an error on the standard output: %s", stdout)
			}
			if lines := strings.Split(strings.TrimSpace(stderr), "\n"); status == 2 && !strings.Contains(stderr, "usage:") && len(lines) != 1 {
				t.Errorf("an error of %d lines:\n%s", len(lines), stderr)
			}
		})
	}
}
