// Package buildpack does to a source zip what Google's Go buildpack does to it when a function is deployed, with the go
// command of this machine: so what would fail after the upload fails here, for the same reason, in seconds.
//
// It follows the one path that the zips of package source take: a go.mod, no vendor folder, and a root package that
// registers its function itself. For everything else it gives the reason why the real one refuses it, or would build
// something that does not start.
//
// https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/go/functions_framework/lib/lib.go
package buildpack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	framework = "github.com/GoogleCloudPlatform/functions-framework-go"
	// frameworkVersion is what the buildpack requires where go.mod names none.
	frameworkVersion = "v1.9.2"
	// mainPackage is the folder, below the source, of the program that the buildpack adds.
	mainPackage = "functions.local/app"
)

// Build makes the executable that a function's source zip is deployed as. It asks for modules as the go command does: from
// the module cache, or from the network. The error is a refusal with its reason, or holds what the go command said.
func Build(ctx context.Context, zip []byte, executable string) error {
	if err := build(ctx, zip, executable); err != nil {
		return fmt.Errorf("build function: %w", err)
	}
	return nil
}

func build(ctx context.Context, zip []byte, executable string) error {
	executable, err := filepath.Abs(executable)
	if err != nil {
		return err
	}
	workspace, err := os.MkdirTemp("", "buildpack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(workspace)
	folder := filepath.Join(workspace, "serverless_function_source_code")
	if err := unpack(zip, folder); err != nil {
		return err
	}
	if err := checkRootPackage(folder); err != nil {
		return err
	}
	module, err := readModule(folder)
	if err != nil {
		return err
	}
	if !module.requiresFramework {
		if err := run(ctx, folder, "mod", "edit", "-require="+framework+"@"+frameworkVersion); err != nil {
			return err
		}
	}
	if err := writeMain(folder, module.path); err != nil {
		return err
	}
	if err := run(ctx, folder, "mod", "tidy"); err != nil {
		return err
	}
	// The linker's flags are those that Terraform gives the buildpack (GOOGLE_GOLDFLAGS). Leaving out paths is ours, and changes
	// nothing that runs: so the build cache serves a folder that has another name each time.
	return run(ctx, folder, "build", "-trimpath", "-ldflags=-s -w", "-o", executable, "./"+mainPackage)
}

// run calls the go command in a folder.
func run(ctx context.Context, folder string, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off") // whatever workspace the builder has
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

// writeMain writes the buildpack's program for a package that registers its functions itself.
func writeMain(folder, module string) error {
	program := fmt.Sprintf(`// Package main is what the buildpack adds to a function.
package main

import (
	"log"
	"os"

	"%s/funcframework"
	_ "%s"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if err := funcframework.Start(port); err != nil {
		log.Fatalf("Function failed to start: %%v\n", err)
	}
}
`, framework, module)
	name := filepath.Join(folder, filepath.FromSlash(mainPackage), "main.go")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(program), 0o644)
}
