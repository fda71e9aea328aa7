// Package process runs other programs as servers for a while: each in a process group of its own, which ends with the
// process that started it, however that ends.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"syscall"
	"time"
)

// ErrEnded says that a process ended by itself.
var ErrEnded = errors.New("the process has ended")

// A Process is a program that was started.
type Process struct {
	lifeline io.Closer // open for as long as the process may run
	done     chan struct{}
}

// guardian runs its arguments as a command, and ends the whole process group when the command ends or when its standard
// input does: that is when the lifeline is closed, or whoever held it is gone.
const guardian = `{ "$@" </dev/null; kill -KILL 0; } & read -r _; kill -KILL 0`

// Start starts a program with its arguments, environment and outputs. Standard input is empty.
func Start(program *exec.Cmd) (*Process, error) {
	child := exec.Command("/bin/sh", append([]string{"-c", guardian, "guardian", program.Path}, program.Args[1:]...)...)
	child.Dir, child.Env, child.Stdout, child.Stderr = program.Dir, program.Env, program.Stdout, program.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	p := &Process{lifeline, make(chan struct{})}
	go func() {
		_ = child.Wait() // always "killed": by the guardian, which is in the group
		close(p.done)
	}()
	return p, nil
}

// Kill ends the process and all that it started with SIGKILL, and returns when they are gone. Killing it again does
// nothing.
func (p *Process) Kill() {
	_ = p.lifeline.Close() // closed already when the process has ended
	<-p.done
}

// pollInterval is short beside the 15 ms that a small server takes to start.
const pollInterval = 5 * time.Millisecond

// Await asks again and again until ready says so. It fails with [ErrEnded] when the process ends first, and with the
// context's error when ctx does.
func (p *Process) Await(ctx context.Context, ready func(context.Context) bool) error {
	again := time.NewTicker(pollInterval)
	defer again.Stop()
	for !ready(ctx) {
		select {
		case <-again.C:
		case <-p.done:
			return ErrEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Listening is a readiness that holds when a TCP connection to the address, host:port, is accepted.
func Listening(address string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		return err == nil && conn.Close() == nil
	}
}

// The ports for servers lie below those that a system hands out by itself, to whoever connects or asks for any port: from
// 32768 on with Linux, from 49152 on elsewhere. One of those can be taken before the server that it was chosen for is up.
const firstPort, ports = 10_000, 20_000

// reservation is longer than a server takes until it listens.
const reservation = 2 * time.Minute

// FreeAddress returns a host:port of this machine at which nobody listens, and which no other call returns for two minutes, in
// this process or another.
func FreeAddress() (string, error) {
	var taken error
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(ports))
		// A server listens with TCP: the UDP port of the same number tells the others.
		reserved, err := net.ListenPacket("udp", address)
		if err != nil {
			taken = err
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			taken = errors.Join(err, reserved.Close())
			continue
		}
		time.AfterFunc(reservation, func() { _ = reserved.Close() })
		return address, listener.Close()
	}
	return "", fmt.Errorf("no free port from %d to %d: %w", firstPort, firstPort+ports-1, taken)
}
