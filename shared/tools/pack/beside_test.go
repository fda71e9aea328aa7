package main

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/process"
)

// BenchmarkBesideStart measures how long each function takes from the start of its process to its first answer, beside a
// function that does nothing but import and open the same clients of Google's:
//
//	go test -run '^$' -bench BesideStart ./shared/tools/pack
//
// The first request opens the clients, which dial when they are used; the answer, a refusal, needs none of them. The two
// start in turns. Reported are the medians: x-bare of the rounds, ns/op of the function, bare-ns/op of the bare one.
func BenchmarkBesideStart(b *testing.B) {
	nowhere := "=127.0.0.1:1" // where nobody listens
	p := &project{hosts: []string{"FIRESTORE_EMULATOR_HOST" + nowhere, "PUBSUB_EMULATOR_HOST" + nowhere, "STORAGE_EMULATOR_HOST" + nowhere}}
	p.makeSettings(b, "my-project-123")
	p.settings["APNS_URL"] = "https://127.0.0.1:1"
	for _, function := range functions(b) {
		b.Run(function, func(b *testing.B) {
			ours := contender{executable(b, function), append(p.environment(b, function), "FUNCTION_TARGET="+deployed(b, function).EntryPoint)}
			bare := contender{bareExecutable(b, clients(b, function)), append(p.hosts, "FUNCTION_TARGET=Bare")}
			ours.start(b) // once each, so that their files are in memory
			bare.start(b)
			var times, bareTimes, ratios []float64
			for b.Loop() {
				bareTook, took := bare.start(b), ours.start(b)
				times, bareTimes = append(times, float64(took)), append(bareTimes, float64(bareTook))
				ratios = append(ratios, float64(took)/float64(bareTook))
			}
			b.ReportMetric(median(ratios), "x-bare")
			b.ReportMetric(median(times), "ns/op")
			b.ReportMetric(median(bareTimes), "bare-ns/op")
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// A contender is a program that is started again and again.
type contender struct {
	executable  string
	environment []string
}

// start starts the program, asks until it answers, and ends it.
func (c contender) start(b *testing.B) time.Duration {
	b.Helper()
	address, err := process.FreeAddress()
	check(b, err)
	_, port, _ := strings.Cut(address, ":")
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	var output process.Tail
	program := exec.CommandContext(ctx, c.executable)
	program.Env = append(slices.Clip(c.environment), "PORT="+port)
	program.Stdout, program.Stderr = &output, &output
	began := time.Now()
	check(b, program.Start())
	status := firstAnswer(ctx, b, address)
	took := time.Since(began)
	cancel()
	_ = program.Wait() // killed, as asked
	if status != http.StatusOK && status != http.StatusNotFound {
		b.Fatalf("%s answered %d:\n%s", c.executable, status, &output)
	}
	return took
}

// firstAnswer makes a request as soon as something listens, and returns the status of its answer: 404 of a function that
// speaks HTTP, since it has no such path, and 200 of one that is called with events, since this is none. It is 0 when nothing has
// listened until the context ended.
func firstAnswer(ctx context.Context, b *testing.B, address string) int {
	b.Helper()
	again := time.NewTicker(100 * time.Microsecond)
	defer again.Stop()
	for listening := process.Listening(address); !listening(ctx); {
		select {
		case <-again.C:
		case <-ctx.Done():
			return 0
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/nothing", strings.NewReader("{}"))
	check(b, err)
	response, err := http.DefaultClient.Do(request)
	check(b, err)
	_, err = io.Copy(io.Discard, response.Body)
	check(b, err)
	check(b, response.Body.Close())
	return response.StatusCode
}
