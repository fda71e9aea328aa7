package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/cloudtest/process"
)

// An instance is a function in a process of its own, as it is deployed: started from its zip, with the settings that it is
// given and nothing else in its environment.
type instance struct {
	*process.Process
	address string // host:port
	output  *process.Tail
}

// start starts a function with the settings of its deployment.
func (p *project) start(t *testing.T, function string) *instance {
	t.Helper()
	return start(t, function, p.environment(t, function))
}

// start starts a function. It ends with the test, which shows what it wrote when it fails.
func start(t *testing.T, function string, variables []string) *instance {
	t.Helper()
	address, err := process.FreeAddress()
	check(t, err)
	output := new(process.Tail)
	program := exec.Command(executable(t, function))
	program.Env = append(platform(t, deployed(t, function).EntryPoint, address), variables...)
	program.Stdout, program.Stderr = output, output
	running, err := process.Start(program)
	check(t, err)
	t.Cleanup(func() {
		running.Kill()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", function, output)
		}
	})
	i := &instance{running, address, output}
	i.until(t, "it listens", process.Listening(address))
	return i
}

// until waits for something that the instance does.
func (i *instance) until(t *testing.T, what string, holds func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
	defer cancel()
	if err := i.Await(ctx, holds); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}

// platform is what the platform sets for a function that listens at an address.
func platform(t testing.TB, entryPoint, address string) []string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	check(t, err)
	return []string{"FUNCTION_TARGET=" + entryPoint, "PORT=" + port}
}

// environment is what the deployment sets for a function, and where the emulators are.
func (p *project) environment(t testing.TB, function string) []string {
	t.Helper()
	variables := slices.Clone(p.hosts)
	for _, name := range deployed(t, function).Settings {
		value, ok := p.settings[name]
		if !ok {
			t.Fatalf("%s is given the setting %s, for which this test has no value", function, name)
		}
		variables = append(variables, name+"="+value)
	}
	return variables
}

// An answer is an HTTP response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request; headers are names and values in turn.
func (i *instance) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+i.address+path, strings.NewReader(body))
	check(t, err)
	for n := 0; n < len(headers); n += 2 {
		request.Header.Set(headers[n], headers[n+1])
	}
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	return answer{response.StatusCode, response.Header, text}
}

// push delivers a message as a push subscription does.
// https://cloud.google.com/pubsub/docs/push#receive_push
func (i *instance) push(t *testing.T, message []byte) {
	t.Helper()
	envelope := fmt.Sprintf(`{"message":{"data":%q,"messageId":"1","publishTime":"2026-11-22T12:00:00Z"},"subscription":"projects/p/subscriptions/s"}`,
		base64.StdEncoding.EncodeToString(message))
	i.call(t, http.MethodPost, "/", envelope, "Content-Type", "application/json").want(t, http.StatusOK)
}

// want ends the test unless the answer has this status.
func (a answer) want(t *testing.T, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
}
