package main

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"

	"walletpasses.example/server/shared/template"
)

// sample is the document of a starter's sample pass, as an issuer would send it.
func sample(t *testing.T, starter string) map[string]any {
	t.Helper()
	document, ok := template.Sample(starter)
	if !ok {
		t.Fatalf("the starter %s has no sample", starter)
	}
	return map[string]any{"template": document.Template, "data": document.Data}
}

// starters returns the names of the built-in templates.
func starters(t *testing.T) []string {
	t.Helper()
	builtin, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = builtin.Template(t.Context(), "")
	unknown, ok := errors.AsType[*template.UnknownError](err)
	if !ok || len(unknown.Known) == 0 {
		t.Fatalf("the starters are not known: %v", err)
	}
	return slices.Sorted(slices.Values(unknown.Known))
}

// issue issues a pass and returns its install link once it leads to a package.
func (c client) issue(serial string, document map[string]any) string {
	c.t.Helper()
	body, err := json.Marshal(document)
	if err != nil {
		c.t.Fatal(err)
	}
	status, _, answer := c.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/"+serial, string(body))
	var issued struct{ InstallURL string }
	if err := json.Unmarshal(answer, &issued); status >= 300 || err != nil {
		c.t.Fatalf("PUT %s: %d %s", serial, status, answer)
	}
	until(c.t, serial+" is packaged", func() bool {
		status, _, _ := c.call("HEAD", issued.InstallURL+".pkpass", "")
		return status == http.StatusOK
	})
	return issued.InstallURL
}

// with is a document with other fields.
func with(document, fields map[string]any) map[string]any {
	document = maps.Clone(document)
	maps.Copy(document, fields)
	return document
}
