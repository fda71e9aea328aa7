package gcp_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
)

// settings writes an environment as a process gets it.
func settings(variables map[string]string) []string {
	var list []string
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	return list
}

func TestAFunctionWithItsSettingsStarts(t *testing.T) {
	variables := complete(t)
	certificateIn(t, variables["CERTIFICATES_DIR"], passType+".pem")
	start(t, "Everything", settings(variables)...).stop()
}

// A rollout fails, not the first customer: the process ends before it listens, and says why.
func TestAFunctionWithAMalformedSettingDoesNotStart(t *testing.T) {
	for _, setting := range forms {
		value := setting.malformed[len(setting.malformed)-1]
		t.Run(setting.name+"="+strings.ReplaceAll(value, "/", "|"), func(t *testing.T) {
			variables := complete(t)
			certificateIn(t, variables["CERTIFICATES_DIR"], passType+".pem")
			variables[setting.name] = value
			doesNotStart(t, "Everything", settings(variables), setting.name, setting.gives)
		})
	}
}

func TestRegenerationDoesNotStartWithACertificateOfAnotherPassType(t *testing.T) {
	variables := complete(t)
	certificateIn(t, variables["CERTIFICATES_DIR"], "pass.com.example.tickets.pem")
	doesNotStart(t, "Everything", settings(variables), "CERTIFICATES_DIR", "pass.com.example.tickets.pem", passType)
}

// Promise 6: the end of one pass type's certificate is none of the others.
func TestPromise6_AFunctionStartsBesideAnExpiredCertificate(t *testing.T) {
	const ended = "pass.com.example.ended"
	variables := complete(t)
	certificateIn(t, variables["CERTIFICATES_DIR"], passType+".pem")
	text, err := issue(devcerts.PassRequest{PassTypeIdentifier: ended, TeamIdentifier: team, NotAfter: time.Now().Add(-time.Hour)})
	check(t, err)
	write(t, variables["CERTIFICATES_DIR"], ended+".pem", string(text))
	start(t, "Everything", settings(variables)...).stop()
}

func TestAFunctionNamesAllThatItLacksAndOnlyThat(t *testing.T) {
	for function, names := range map[string][]string{
		"Web":      {"GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WEB_SERVICE_URL"},
		"Messages": {"GOOGLE_CLOUD_PROJECT", "TOPIC_PASS_PACKAGED"},
		"Writes":   {"GOOGLE_CLOUD_PROJECT", "TOPIC_PASS_CHANGED"},
	} {
		output := doesNotStart(t, function, nil, names...)
		if got := strings.Count(output, "is not set"); got != len(names) {
			t.Errorf("%s names %d settings, want %d:\n%s", function, got, len(names), output)
		}
	}
}

// doesNotStart checks that a process ends with an error and says all that is wanted. It returns what the process wrote.
func doesNotStart(t *testing.T, function string, settings []string, says ...string) string {
	t.Helper()
	output, err := command(t, function, settings...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() <= 0 {
		t.Errorf("%s ended with %v", function, err)
	}
	for _, want := range append(says, function+" cannot start:\n") {
		if !strings.Contains(string(output), want) {
			t.Errorf("%s does not say %q:\n%s", function, want, output)
		}
	}
	return string(output)
}
