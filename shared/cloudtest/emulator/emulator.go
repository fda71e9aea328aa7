// Package emulator starts Google's emulators of Firestore and Pub/Sub, and fake-gcs-server for Cloud Storage, so that
// tests of package gcp run against more than a promise.
//
// Each is started once per test process, on a free port, and ends with the process however that ends. Where
// FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST or STORAGE_EMULATOR_HOST names one that runs already, that one is used.
// What is not installed skips the test and says so; with REQUIRE_EMULATORS=1 it fails the test.
package emulator

import (
	"errors"
	"fmt"
	"go/build"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Firestore returns the host:port of a Firestore emulator.
// https://cloud.google.com/sdk/gcloud/reference/emulators/firestore
func Firestore(t *testing.T) string {
	t.Helper()
	return host(t, "FIRESTORE_EMULATOR_HOST", firestore)
}

// PubSub returns the host:port of a Pub/Sub emulator.
// https://cloud.google.com/sdk/gcloud/reference/beta/emulators/pubsub
func PubSub(t *testing.T) string {
	t.Helper()
	return host(t, "PUBSUB_EMULATOR_HOST", pubsub)
}

// Storage returns the host:port of a fake Cloud Storage.
// https://github.com/fsouza/fake-gcs-server
func Storage(t *testing.T) string {
	t.Helper()
	return host(t, "STORAGE_EMULATOR_HOST", storage)
}

// errMissing says that a program is not installed.
var errMissing = errors.New("not installed")

func host(t *testing.T, variable string, start func() (*server, error)) string {
	t.Helper()
	if running := os.Getenv(variable); running != "" {
		return running
	}
	s, err := start()
	switch {
	case err == nil:
		return s.address
	case errors.Is(err, errMissing) && os.Getenv("REQUIRE_EMULATORS") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	return ""
}

var firestore = sync.OnceValues(func() (*server, error) {
	jar, err := sdkJar("cloud-firestore-emulator", "cloud-firestore-emulator.jar")
	if err != nil {
		return nil, err
	}
	return startJava("/", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore")
})

var pubsub = sync.OnceValues(func() (*server, error) {
	jar, err := sdkJar("pubsub-emulator", "lib/cloud-pubsub-emulator-*-all.jar")
	if err != nil {
		return nil, err
	}
	return startJava("/", jar, "com.google.cloud.pubsub.testing.v1.Main")
})

var storage = sync.OnceValues(func() (*server, error) {
	program, err := fakeGCSServer()
	if err != nil {
		return nil, err
	}
	return start("/storage/v1/b", func(host, port string) *exec.Cmd {
		public := net.JoinHostPort(host, port) // where the client is sent to read
		return exec.Command(program, "-scheme", "http", "-backend", "memory", "-host", host, "-port", port, "-public-host", public)
	})
})

// startJava runs an emulator without gcloud's wrapper, which takes twice as long and leaves processes behind.
func startJava(ready, jar, class string) (*server, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("%w: java, which Google's emulators need", errMissing)
	}
	return start(ready, func(host, port string) *exec.Cmd {
		return exec.Command(java, "-Duser.language=en", "-cp", jar, class, "--host="+host, "--port="+port)
	})
}

// sdkJar finds an emulator among the components of the Google Cloud CLI.
func sdkJar(component, pattern string) (string, error) {
	missing := fmt.Errorf("%w: the Google Cloud CLI's component %s", errMissing, component)
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		return "", missing
	}
	if gcloud, err = filepath.EvalSymlinks(gcloud); err != nil {
		return "", fmt.Errorf("find the Google Cloud CLI: %w", err)
	}
	sdk := filepath.Dir(filepath.Dir(gcloud))
	jars, err := filepath.Glob(filepath.Join(sdk, "platform", component, filepath.FromSlash(pattern)))
	if err != nil || len(jars) == 0 {
		return "", missing
	}
	return jars[len(jars)-1], nil
}

// fakeGCSServer finds the program where FAKE_GCS_SERVER says, on the PATH, or where "go install" puts it.
func fakeGCSServer() (string, error) {
	const name = "fake-gcs-server"
	for _, candidate := range []string{
		os.Getenv("FAKE_GCS_SERVER"),
		name,
		filepath.Join(os.Getenv("GOBIN"), name),
		filepath.Join(filepath.SplitList(build.Default.GOPATH)[0], "bin", name),
	} {
		if program, err := exec.LookPath(candidate); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("%w: fake-gcs-server (go install github.com/fsouza/fake-gcs-server@v1.56.1)", errMissing)
}
