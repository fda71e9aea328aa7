package emulator

import (
	"errors"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNotInstalled says that a program is not on this machine. The error that wraps it names the program.
var ErrNotInstalled = errors.New("not installed")

// sdkJar finds an emulator among the components of the Google Cloud CLI.
func sdkJar(component, pattern string) (string, error) {
	missing := fmt.Errorf("%w: the Google Cloud CLI's component %s", ErrNotInstalled, component)
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
	return "", fmt.Errorf("%w: fake-gcs-server (go install github.com/fsouza/fake-gcs-server@v1.56.1)", ErrNotInstalled)
}
