package gcp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	cloudprocess "walletpasses.example/server/shared/cloudtest/process"
	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// TestMain runs the tests, or, started with FUNCTION_TARGET as the platform does it, is the deployed function itself.
func TestMain(m *testing.M) {
	if os.Getenv("FUNCTION_TARGET") == "" {
		os.Exit(m.Run())
	}
	registerFunctions() // ends the process when a setting is missing or malformed
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test that started this process closes it, or is gone
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
	os.Exit(1)
}

// registerFunctions registers one function of each kind, and one that reads every setting.
func registerFunctions() {
	gcp.HTTP("Web", time.Minute, func(env *gcp.Environment) gcp.Open[http.Handler] {
		env.Firestore()
		env.WebServiceURL()
		opens := 0
		return func(context.Context) (http.Handler, error) {
			if opens++; opens == 1 {
				return nil, errors.New("Firestore is away")
			}
			return webservice.NewRouter(gcp.Logger()).Handle(webservice.LatestPass, func(w http.ResponseWriter, r *http.Request) error {
				_, err := io.WriteString(w, r.PathValue("serialNumber"))
				return err
			}), nil
		}
	})
	gcp.Messages("Messages", time.Minute, func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		env.PassPackaged()
		return func(context.Context) (wallet.MessageHandler, error) {
			return func(ctx context.Context, message []byte) error { return handle(ctx, string(message)) }, nil
		}
	})
	gcp.DocumentWrites("Writes", time.Minute, func(env *gcp.Environment) gcp.Open[func(context.Context, wallet.PassID) error] {
		env.PassChanged()
		return func(context.Context) (func(context.Context, wallet.PassID) error, error) {
			return func(ctx context.Context, id wallet.PassID) error { return handle(ctx, id.SerialNumber) }, nil
		}
	})
	gcp.Messages("Everything", time.Minute, func(env *gcp.Environment) gcp.Open[wallet.MessageHandler] {
		readAll(env)
		readIdentities(env)
		return nil
	})
}

// handle is the work of the event functions: the message says how it ends.
func handle(ctx context.Context, message string) error {
	gcp.Logger().InfoContext(ctx, "handled "+message)
	switch message {
	case "invalid":
		return fmt.Errorf("%w: nobody can read this", wallet.ErrInvalid)
	case "again":
		return errors.New("not now")
	case "panic":
		panic("a mistake in the handler")
	}
	return nil
}

// command is this test binary as a deployed function with these settings and no others.
func command(t *testing.T, function string, settings ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(settings, "FUNCTION_TARGET="+function)
	return c
}

// A process is a deployed function that runs.
type process struct {
	t        *testing.T
	url      string
	output   bytes.Buffer
	lifeline io.Closer
	ended    chan error
}

// start runs a function until the test is over, and waits until it accepts connections.
func start(t *testing.T, function string, settings ...string) *process {
	t.Helper()
	address, err := cloudprocess.FreeAddress()
	check(t, err)
	_, port, err := net.SplitHostPort(address)
	check(t, err)

	p := &process{t: t, url: "http://" + address, ended: make(chan error, 1)}
	c := command(t, function, append(settings, "PORT="+port)...)
	c.Stdout, c.Stderr = &p.output, &p.output
	p.lifeline, err = c.StdinPipe()
	check(t, err)
	check(t, c.Start())
	go func() { p.ended <- c.Wait() }()

	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			check(t, connection.Close())
			return p
		}
		select {
		case <-again.C:
		case err := <-p.ended:
			t.Fatalf("%s ended: %v\n%s", function, err, &p.output)
		}
	}
}

// stop ends the process and returns all that it wrote.
func (p *process) stop() string {
	p.t.Helper()
	check(p.t, p.lifeline.Close())
	if err := <-p.ended; err != nil {
		p.t.Errorf("%v\n%s", err, &p.output)
	}
	return p.output.String()
}

// call sends a request with these pairs of header and value, and returns the status and the body. It follows no redirect.
func (p *process) call(method, path, body string, header ...string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	check(p.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	check(p.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(p.t, err)
	return response.StatusCode, string(text)
}
