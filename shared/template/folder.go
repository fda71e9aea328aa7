package template

import (
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// MaxSize bounds the files of one template together, in bytes.
const MaxSize = 10 << 20

// languagePattern is Apple's name of a language folder: a code, perhaps a script or region (LOC-1).
const languagePattern = `[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\.lproj`

var (
	languageFolder = regexp.MustCompile(`^` + languagePattern + `$`)
	templateFile   = regexp.MustCompile(`^(?:pass\.json|` + languagePattern + `/pass\.strings|(?:` + languagePattern + `/)?[A-Za-z][A-Za-z0-9]*(?:@[23]x)?\.png)$`)
)

// A folderReader reads a template's folder into memory. It opens nothing whose name it does not know.
type folderReader struct {
	fsys     fs.FS
	root     string
	files    map[string][]byte
	size     int64
	findings wallet.Findings
}

// readFolder returns the files of a template's folder by their path from it, or nil when what was found leaves nothing to
// look at.
func readFolder(fsys fs.FS, root string) (map[string][]byte, wallet.Findings, error) {
	r := folderReader{fsys: fsys, root: root, files: make(map[string][]byte)}
	info, err := fs.Lstat(fsys, root)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		r.findings.Errorf(root, "PKG-5", "is not a folder; a link to one does not count")
		return nil, r.findings, nil
	}
	if err := r.readDir(""); err != nil {
		return nil, nil, err
	}
	if r.size > MaxSize {
		r.findings.Errorf(root, "TPL-SIZE", "has more than %d bytes of files; make the images smaller", MaxSize)
		return nil, r.findings, nil
	}
	return r.files, r.findings, nil
}

// readDir reads one folder; parent is "" for the template's own, and "de.lproj/" inside one.
func (r *folderReader) readDir(parent string) error {
	entries, err := fs.ReadDir(r.fsys, strings.TrimSuffix(r.root+"/"+parent, "/"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if ignored(entry.Name()) {
			continue
		}
		if err := r.readEntry(parent+entry.Name(), entry.Type()); err != nil {
			return err
		}
	}
	return nil
}

func (r *folderReader) readEntry(name string, mode fs.FileMode) error {
	path := r.root + "/" + name
	switch {
	case mode&fs.ModeSymlink != 0:
		r.findings.Errorf(path, "PKG-5", "is a symbolic link; put the file itself here")
	case mode.IsDir() && languageFolder.MatchString(name):
		return r.readDir(name + "/")
	case mode.IsDir():
		r.findings.Errorf(path, "LOC-1", "a template has no folders but those of languages, such as de.lproj or pt-BR.lproj")
	case mode.IsRegular() && templateFile.MatchString(name):
		return r.readFile(name)
	default:
		r.findings.Errorf(path, "TPL-FILE", "has no place in a template; there are pass.json, images such as icon@2x.png, "+
			"and in language folders pass.strings and images")
	}
	return nil
}

// readFile keeps one file and reads on from none once the template is too large.
func (r *folderReader) readFile(name string) error {
	room := MaxSize - r.size
	if room < 0 {
		return nil
	}
	f, err := r.fsys.Open(r.root + "/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, room+1))
	if err != nil {
		return fmt.Errorf("read %s/%s: %w", r.root, name, err)
	}
	r.size += int64(len(data))
	r.files[name] = data
	return nil
}

// ignored reports what desktops leave behind and no package may hold (PKG-5), and every hidden file.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX" || strings.EqualFold(name, "Thumbs.db")
}
