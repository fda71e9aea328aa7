package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"walletpasses.example/server/shared/tools/buildpack"
	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/tools/source"
)

// repository is where this module is.
const repository = "../../.."

// executables is the folder of what executable builds.
var executables string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pack-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	executables = dir
	return m.Run()
}

// builds has a func() (string, error) for each function, which builds its executable the first time that it is called.
var builds sync.Map

// atOnce bounds the builds that run at the same time: each uses several cores now and then.
var atOnce = make(chan struct{}, 2)

// executable returns the program that a function's zip becomes. Each is built once per test process.
func executable(t testing.TB, function string) string {
	t.Helper()
	file, err := build(function)
	check(t, err)
	return file
}

func build(function string) (string, error) {
	once, _ := builds.LoadOrStore(function, sync.OnceValues(func() (string, error) {
		atOnce <- struct{}{}
		defer func() { <-atOnce }()
		file := filepath.Join(executables, function)
		module, err := source.Open(repository)
		if err != nil {
			return "", err
		}
		archive, err := module.Zip(function)
		if err != nil {
			return "", err
		}
		return file, buildpack.Build(context.Background(), archive.Data, file) // for all tests, not for the first that asks
	}))
	return once.(func() (string, error))()
}

// functions returns the functions that there are, sorted.
func functions(t testing.TB) []string {
	t.Helper()
	module, err := source.Open(repository)
	check(t, err)
	names, err := module.Functions()
	check(t, err)
	return names
}

// deployed returns how a function is deployed.
func deployed(t testing.TB, function string) deployment.Function {
	t.Helper()
	d, err := deployment.Read(os.DirFS(filepath.Join(repository, "terraform")))
	check(t, err)
	f, ok := d.Functions[function]
	if !ok {
		t.Fatalf("terraform/functions.tf deploys no function %s", function)
	}
	return f
}
