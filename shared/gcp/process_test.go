package gcp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/wallet"
)

// TestMain runs the tests, or, started with FUNCTION_TARGET as the platform does it, is the start of a deployed function: it
// reads the settings, and says which function it became.
func TestMain(m *testing.M) {
	if os.Getenv("FUNCTION_TARGET") == "" {
		os.Exit(m.Run())
	}
	gcp.HTTP("Web", func(env *gcp.Environment) gcp.Open[http.Handler] {
		env.Firestore()
		env.WebServiceURL()
		fmt.Println("Web")
		return func(context.Context) (http.Handler, error) { panic("opened before the first request") }
	})
	gcp.Messages("Messages", func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		env.PassPackaged()
		fmt.Println("Messages")
		return func(context.Context) (wallet.MessageHandler, error) { panic("opened before the first request") }
	})
	gcp.DocumentWrites("Writes", func(env *gcp.Environment) gcp.Open[func(context.Context, wallet.PassID) error] {
		env.PassChanged()
		fmt.Println("Writes")
		return func(context.Context) (func(context.Context, wallet.PassID) error, error) {
			panic("opened before the first request")
		}
	})
}

// deploy runs this test binary as a deployed function with these settings and no others, and returns what it wrote.
func deploy(t *testing.T, function string, settings ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(settings, "FUNCTION_TARGET="+function)
	output, err := c.CombinedOutput()
	return string(output), err
}

func TestAFunctionStartsWithItsOwnSettings(t *testing.T) {
	for function, settings := range map[string][]string{
		"Web":      {"GOOGLE_CLOUD_PROJECT=p", "FIRESTORE_DATABASE=(default)", "WEB_SERVICE_URL=https://passes.example.com"},
		"Messages": {"GOOGLE_CLOUD_PROJECT=p", "TOPIC_PASS_PACKAGED=pass-packaged"},
		"Writes":   {"GOOGLE_CLOUD_PROJECT=p", "TOPIC_PASS_CHANGED=pass-changed"},
	} {
		if output, err := deploy(t, function, settings...); err != nil || output != function+"\n" {
			t.Errorf("%s: %v, %q", function, err, output)
		}
	}
}

func TestAFunctionWithoutItsSettingsDoesNotStart(t *testing.T) {
	for function, names := range map[string][]string{
		"Web":      {"GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WEB_SERVICE_URL"},
		"Messages": {"GOOGLE_CLOUD_PROJECT", "TOPIC_PASS_PACKAGED"},
		"Writes":   {"GOOGLE_CLOUD_PROJECT", "TOPIC_PASS_CHANGED"},
	} {
		output, err := deploy(t, function)
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() <= 0 {
			t.Errorf("%s ended with %v", function, err)
		}
		for _, want := range append(names, function+" cannot start") {
			if !strings.Contains(output, want) {
				t.Errorf("%s does not say %s:\n%s", function, want, output)
			}
		}
	}
}
