package emulator

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/cloudtest/process"
)

// A Server is an emulator that answers.
type Server struct {
	Address string // host:port
	process *process.Process
}

// Close ends the server.
func (s *Server) Close() { s.process.Kill() }

// StartFirestore starts a Firestore emulator, which keeps nothing. triggers is the host:port where it posts the document
// writes that somebody registered for, as to a functions emulator; empty for nowhere.
// https://cloud.google.com/sdk/gcloud/reference/emulators/firestore
func StartFirestore(ctx context.Context, triggers string) (*Server, error) {
	jar, err := sdkJar("cloud-firestore-emulator", "cloud-firestore-emulator.jar")
	if err != nil {
		return nil, err
	}
	var flags []string
	if triggers != "" {
		flags = append(flags, "--functions_emulator="+triggers)
	}
	return startJava(ctx, jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", flags...)
}

// StartPubSub starts a Pub/Sub emulator, which keeps nothing.
// https://cloud.google.com/sdk/gcloud/reference/beta/emulators/pubsub
func StartPubSub(ctx context.Context) (*Server, error) {
	jar, err := sdkJar("pubsub-emulator", "lib/cloud-pubsub-emulator-*-all.jar")
	if err != nil {
		return nil, err
	}
	return startJava(ctx, jar, "com.google.cloud.pubsub.testing.v1.Main")
}

// StartStorage starts a fake Cloud Storage, which keeps nothing.
// https://github.com/fsouza/fake-gcs-server
func StartStorage(ctx context.Context) (*Server, error) {
	program, err := fakeGCSServer()
	if err != nil {
		return nil, err
	}
	return start(ctx, "/storage/v1/b", func(host, port string) *exec.Cmd {
		public := net.JoinHostPort(host, port) // where the client is sent to read
		return exec.Command(program, "-scheme", "http", "-backend", "memory", "-host", host, "-port", port, "-public-host", public)
	})
}

// startJava runs an emulator without gcloud's wrapper, which takes twice as long and leaves processes behind.
func startJava(ctx context.Context, jar, class string, flags ...string) (*Server, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("%w: java, which Google's emulators need", ErrNotInstalled)
	}
	return start(ctx, "/", func(host, port string) *exec.Cmd {
		args := append([]string{"-Duser.language=en", "-cp", jar, class, "--host=" + host, "--port=" + port}, flags...)
		return exec.Command(java, args...)
	})
}

// start runs a server on a free port and waits until it answers at a path.
func start(ctx context.Context, path string, command func(host, port string) *exec.Cmd) (*Server, error) {
	address, err := process.FreeAddress()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var output process.Tail
	program := command(host, port)
	program.Stdout, program.Stderr = &output, &output
	running, err := process.Start(program)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience.Limit)
	defer cancel()
	if err := running.Await(ctx, answers("http://"+address+path)); err != nil {
		running.Kill()
		return nil, fmt.Errorf("%s did not start: %w\n%s", program.Path, err, &output)
	}
	return &Server{address, running}, nil
}

// answers is a readiness that holds when a GET is answered, whatever the status.
func answers(url string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		response, err := http.DefaultClient.Do(request)
		return err == nil && response.Body.Close() == nil
	}
}
