package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"walletpasses.example/server/shared/tools/source"
)

// write makes an archive the only one of its function in the folder. It appears under its name complete or not at all, and
// the older ones go last, so that there is one at any time.
func write(folder string, archive source.Archive) error {
	name := filepath.Join(folder, archive.Name())
	if _, err := os.Stat(name); err != nil {
		if err := writeFile(name, archive.Data); err != nil {
			return err
		}
	}
	return removeSuperseded(folder, archive)
}

// writeFile writes beside the name and then takes the name.
func writeFile(name string, data []byte) error {
	unfinished := name + ".unfinished"
	if err := os.WriteFile(unfinished, data, 0o644); err != nil {
		return err
	}
	return os.Rename(unfinished, name)
}

// removeSuperseded removes the function's other zips. A function whose name begins alike is another function.
func removeSuperseded(folder string, archive source.Archive) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	ofFunction := regexp.MustCompile(`^` + regexp.QuoteMeta(archive.Function) + `-[0-9a-f]{16}\.zip$`)
	for _, entry := range entries {
		if name := entry.Name(); ofFunction.MatchString(name) && name != archive.Name() {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				return fmt.Errorf("remove the superseded zip: %w", err)
			}
		}
	}
	return nil
}
