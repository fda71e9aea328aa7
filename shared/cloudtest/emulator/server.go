package emulator

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A server is a child process that answers HTTP at an address.
type server struct {
	address  string
	lifeline io.Closer // open for as long as the server may run
}

// startLimit is how long a server may take until it answers.
const startLimit = time.Minute

// guardian runs its arguments as a command in its own process group, and ends the group when the command ends or when
// its standard input does: that is when the test process is gone, for whatever reason.
const guardian = `{ "$@" </dev/null; kill -KILL 0; } & read -r _; kill -KILL 0`

// start runs a server on a free port and waits until it answers at a path.
func start(ready string, command func(host, port string) *exec.Cmd) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	program := command(host, port)
	output, err := os.CreateTemp("", "emulator-*.log")
	if err != nil {
		return nil, err
	}
	defer output.Close()
	defer os.Remove(output.Name())

	child := exec.Command("/bin/sh", append([]string{"-c", guardian, "guardian"}, program.Args...)...)
	child.Stdout, child.Stderr = output, output
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	go func() {
		child.Wait() // an error here is how the server ended, which await reports
		cancel()
	}()
	if err := await(ctx, "http://"+address+ready); err != nil {
		lifeline.Close()
		said, _ := os.ReadFile(output.Name())
		return nil, fmt.Errorf("%s did not start: %w\n%s", program.Path, err, said)
	}
	return &server{address, lifeline}, nil
}

// freeAddress returns an address of this machine that was free a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// await asks until the server answers, or ctx ends.
func await(ctx context.Context, url string) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
