package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/tools/buildpack"
	"walletpasses.example/server/shared/tools/source"
)

// buildsAtOnce is few, since each build uses several cores and most of a gigabyte.
const buildsAtOnce = 2

// build packs and builds every function of the module, into dir, and returns the executables by function.
func build(ctx context.Context, root, dir string, say *transcript) (map[string]string, error) {
	module, err := source.Open(root)
	if err != nil {
		return nil, err
	}
	functions, err := module.Functions()
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	executables := make(map[string]string)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(buildsAtOnce)
	for _, function := range functions {
		group.Go(func() error {
			began := time.Now()
			archive, err := module.Zip(function)
			if err != nil {
				return err
			}
			executable := filepath.Join(dir, function)
			if err := buildpack.Build(ctx, archive.Data, executable); err != nil {
				return fmt.Errorf("build %s: %w", archive.Name(), err)
			}
			say.step("built", "%s in %.1f s", archive.Name(), time.Since(began).Seconds())
			mu.Lock()
			defer mu.Unlock()
			executables[function] = executable
			return nil
		})
	}
	return executables, group.Wait()
}
