package main

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/tools/deployment"
)

// required returns the settings without which a function does not start.
func required(f deployment.Function) []string {
	optional := []string{"TEMPLATES_BUCKET", "APNS_URL", "APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID"}
	if f.EntryPoint == "LogMessages" { // its log lines alone name the project
		optional = append(optional, "GOOGLE_CLOUD_PROJECT")
	}
	return slices.DeleteFunc(f.Settings, func(name string) bool { return slices.Contains(optional, name) })
}

// The message of a function that cannot start names every variable it lacks.
func TestAFunctionWithoutItsSettingsDoesNotStart(t *testing.T) {
	for _, function := range functions(t) {
		t.Run(function, func(t *testing.T) {
			f := deployed(t, function)
			required := required(f)
			if len(required) == 0 {
				start(t, function, nil)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
			defer cancel()
			program := exec.CommandContext(ctx, executable(t, function))
			program.Env = []string{"FUNCTION_TARGET=" + f.EntryPoint, "PORT=0"}
			output, err := program.CombinedOutput()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() <= 0 {
				t.Errorf("it ended with %v", err)
			}
			for _, want := range append(required, f.EntryPoint+" cannot start") {
				if !strings.Contains(string(output), want) {
					t.Errorf("it does not name %s:\n%s", want, output)
				}
			}
		})
	}
}
