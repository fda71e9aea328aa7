package buildpack

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// unpack writes the files of a zip below a new folder, with their modes. It refuses names that lead out of the folder, and
// what is neither a file nor a folder.
func unpack(data []byte, folder string) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // which the root below refuses by name
		return fmt.Errorf("read the zip: %w", err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, entry := range archive.File {
		if err := unpackEntry(root, entry); err != nil {
			return fmt.Errorf("unpack %q: %w", entry.Name, err)
		}
	}
	return nil
}

func unpackEntry(root *os.Root, entry *zip.File) error {
	switch entry.Mode().Type() {
	case fs.ModeDir:
		return root.MkdirAll(entry.Name, 0o755)
	case 0:
	default:
		return errors.New("neither a file nor a folder")
	}
	if err := root.MkdirAll(path.Dir(entry.Name), 0o755); err != nil {
		return err
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return root.WriteFile(entry.Name, data, entry.Mode().Perm())
}
