package process_test

import (
	"bufio"
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

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/cloudtest/process"
)

// What the test binary does when it is started by a test.
const role = "PROCESS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "server": // listens at its argument
		fmt.Println("argument", os.Args[1])
		http.ListenAndServe(os.Args[1], http.NotFoundHandler())
	case "parent": // starts a server, says so, and waits to be killed
		if _, err := process.Start(server(os.Args[1])); err != nil {
			panic(err)
		}
		select {}
	case "failing":
		fmt.Println("no such file")
		os.Exit(1)
	}
}

// command is the test binary in a role.
func command(as string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = []string{role + "=" + as}
	return c
}

func server(address string) *exec.Cmd { return command("server", address) }

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := process.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func listening(t *testing.T, address string) bool {
	t.Helper()
	return process.Listening(address)(t.Context())
}

// waitFor looks again and again until something is so.
func waitFor(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	limit := time.After(patience.Limit)
	for !isSo() {
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			t.Fatalf("waited for %s", what)
		}
	}
}

// An emulator takes seconds to start. A port that the system may hand to somebody else in between makes a test fail that
// has nothing to do with it.
func TestAFreeAddressIsNobodyElses(t *testing.T) {
	seen := make(map[string]bool)
	for range 700 { // of 20,000: chance alone would repeat one
		address := freeAddress(t)
		if seen[address] {
			t.Fatalf("%s was given twice", address)
		}
		seen[address] = true
		if _, port, _ := net.SplitHostPort(address); len(port) != 5 || port >= "32768" {
			t.Fatalf("port %s: the system may hand it to others", port)
		}
	}
}

func TestAServerRunsUntilItIsKilled(t *testing.T) {
	address := freeAddress(t)
	if listening(t, address) {
		t.Fatalf("%s is not free", address)
	}
	var output process.Tail
	program := server(address)
	program.Stdout = &output
	p, err := process.Start(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Await(t.Context(), process.Listening(address)); err != nil {
		t.Fatalf("%v: %s", err, &output)
	}
	p.Kill()
	p.Kill()
	waitFor(t, "the server to end", func() bool { return !listening(t, address) }) // a port is given back a moment after the output
	if want := "argument " + address + "\n"; output.String() != want {
		t.Errorf("output %q, want %q", &output, want)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestAServerEndsWithWhoeverStartedIt(t *testing.T) {
	address := freeAddress(t)
	parent := command("parent", address)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the server to start", func() bool { return listening(t, address) })
	if err := parent.Process.Kill(); err != nil { // it gets no chance to clean up
		t.Fatal(err)
	}
	_ = parent.Wait()
	waitFor(t, "the server to end", func() bool { return !listening(t, address) })
}

func TestAwaitSeesAnEnd(t *testing.T) {
	var output process.Tail
	program := command("failing")
	program.Stdout = &output
	p, err := process.Start(program)
	if err != nil {
		t.Fatal(err)
	}
	never := func(context.Context) bool { return false }
	if err := p.Await(t.Context(), never); !errors.Is(err, process.ErrEnded) || output.String() != "no such file\n" {
		t.Errorf("%v, %q", err, &output)
	}
	p.Kill()
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	p, err := process.Start(server(freeAddress(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	ctx, cancel := context.WithCancel(t.Context())
	never := func(context.Context) bool { cancel(); return false }
	if err := p.Await(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestATailKeepsTheEnd(t *testing.T) {
	var tail process.Tail
	w := bufio.NewWriterSize(&tail, 1000)
	for i := range 5000 {
		fmt.Fprintf(w, "line %d\n", i)
	}
	w.Flush()
	io.WriteString(&tail, "the end")
	if text := tail.String(); len(text) != 16<<10 || !strings.HasSuffix(text, "line 4998\nline 4999\nthe end") {
		t.Errorf("%d bytes, ending in %q", len(text), text[len(text)-40:])
	}
}
