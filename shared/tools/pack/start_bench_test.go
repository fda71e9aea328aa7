package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/process"
	"walletpasses.example/server/shared/tools/buildpack"
)

// bare is a function that does nothing, in the framework that all have in common.
const bare = `package function

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() { functions.HTTP("Bare", func(http.ResponseWriter, *http.Request) {}) }
`

// BenchmarkStart measures how long a function takes from the start of its process to its first answer:
//
//	go test -run '^$' -bench Start ./shared/tools/pack
//
// The first request opens the clients of Google's services, which dial when they are used; the answer, a refusal, needs
// none of them. One function has Firestore and Pub/Sub, one Firestore and Cloud Storage, and one nothing but the framework.
// They start in turn, so that whatever else the machine does concerns all three. Reported are the medians, in
// milliseconds, and how many times longer than the bare framework each takes. Targets are 15 ms without Cloud Storage and
// 25 ms with.
func BenchmarkStart(b *testing.B) {
	keys := b.TempDir()
	check(b, os.WriteFile(filepath.Join(keys, "1"), []byte(rand.Text()+rand.Text()), 0o600))
	settings := []string{
		"FIRESTORE_EMULATOR_HOST=127.0.0.1:1", "PUBSUB_EMULATOR_HOST=127.0.0.1:1", "STORAGE_EMULATOR_HOST=127.0.0.1:1",
		"GOOGLE_CLOUD_PROJECT=my-project-123", "FIRESTORE_DATABASE=(default)", "TOPIC_PASS_PACKAGED=pass-packaged",
		"PACKAGES_BUCKET=packages", "TOKEN_KEYS_DIR=" + keys,
	}
	const pass = "pass.com.example.loyalty/card-1"
	contenders := []*contender{
		{name: "bare", executable: bareExecutable(b), entryPoint: "Bare", method: http.MethodGet, want: http.StatusOK},
		{name: "register", executable: executable(b, "register"), entryPoint: "RegisterDevice", settings: settings,
			method: http.MethodPost, path: "/v1/devices/d/registrations/" + pass, want: http.StatusUnauthorized},
		{name: "latest", executable: executable(b, "latest"), entryPoint: "LatestPass", settings: settings,
			method: http.MethodGet, path: "/v1/passes/" + pass, want: http.StatusUnauthorized},
	}
	for b.Loop() {
		for _, c := range contenders {
			c.times = append(c.times, c.start(b))
		}
	}
	b.ReportMetric(0, "ns/op") // of all three together, which says nothing
	least := contenders[0].median()
	for _, c := range contenders {
		b.ReportMetric(float64(c.median().Microseconds())/1000, c.name+"-ms")
		b.ReportMetric(float64(c.median())/float64(least), c.name+"/bare")
	}
}

// A contender is a program that is started again and again.
type contender struct {
	name, executable, entryPoint string
	settings                     []string
	method, path                 string // of a request, and
	want                         int    // the status of its answer
	times                        []time.Duration
}

func (c *contender) median() time.Duration {
	slices.Sort(c.times)
	return c.times[len(c.times)/2]
}

// start starts the program, asks until it answers, and ends it.
func (c *contender) start(b *testing.B) time.Duration {
	b.Helper()
	address, err := process.FreeAddress()
	check(b, err)
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	program := exec.CommandContext(ctx, c.executable)
	program.Env = append(platform(b, c.entryPoint, address), c.settings...)
	began := time.Now()
	check(b, program.Start())
	status := firstAnswer(ctx, b, c.method, address, c.path)
	took := time.Since(began)
	cancel()
	_ = program.Wait() // killed, as asked
	if status != c.want {
		b.Fatalf("%s answered %d, want %d", c.name, status, c.want)
	}
	return took
}

// firstAnswer makes a request as soon as something listens, and returns the status of its answer.
func firstAnswer(ctx context.Context, b *testing.B, method, address, path string) int {
	b.Helper()
	again := time.NewTicker(100 * time.Microsecond)
	defer again.Stop()
	for listening := process.Listening(address); !listening(ctx); {
		select {
		case <-again.C:
		case <-ctx.Done():
			b.Fatal("nothing listens")
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, nil)
	check(b, err)
	response, err := http.DefaultClient.Do(request)
	check(b, err)
	check(b, response.Body.Close())
	return response.StatusCode
}

// bareExecutable builds the bare function like the others.
func bareExecutable(b *testing.B) string {
	b.Helper()
	var source bytes.Buffer
	w := zip.NewWriter(&source)
	add := func(name string, text []byte) {
		entry, err := w.Create(name)
		check(b, err)
		_, err = entry.Write(text)
		check(b, err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		check(b, err)
		add(name, text)
	}
	add("function.go", []byte(bare))
	check(b, w.Close())
	file := filepath.Join(b.TempDir(), "bare")
	check(b, buildpack.Build(b.Context(), source.Bytes(), file))
	return file
}
