package template

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// What bounds a template.
const (
	MaxSize  = 10 << 20 // bytes of its files together
	MaxFiles = 1000     // with folders and hidden files
)

const maxText = 512 << 10 // bytes of all files that are not images: reading them takes many times their size

const toolingJSON = "tooling.json" // Pass Designer's own notes

// languagePattern is Apple's name of a language: a code, perhaps a script or region (LOC-1).
const languagePattern = `[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*`

const languageExt = ".lproj"

var (
	languageFolder = regexp.MustCompile(`^` + languagePattern + `\.lproj$`)
	templateFile   = regexp.MustCompile(`^(?:pass\.json|personalization\.json|` + languagePattern + `\.lproj/pass\.strings|(?:` + languagePattern +
		`\.lproj/)?[A-Za-z][A-Za-z0-9]*(?:@[23]x)?\.png)$`)
)

// A folderReader reads a template's folder into memory. It opens nothing whose name it does not know.
type folderReader struct {
	fsys     fs.FS
	root     string
	designed bool // by Pass Designer: what has no place is left out, not refused
	files    map[string][]byte
	names    map[string]string // by what a file system that ignores case makes of them
	entries  int
	size     int64
	text     int64
	findings wallet.Findings
}

// readFolder returns the files of a template's folder by their path from it, or nil when what was found leaves nothing to
// look at.
func readFolder(fsys fs.FS, root string) (map[string][]byte, wallet.Findings, error) {
	r := folderReader{
		fsys: fsys, root: root, designed: strings.HasSuffix(root, designerFolder),
		files: make(map[string][]byte), names: make(map[string]string),
	}
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
	if r.tooLarge() {
		return nil, r.findings, nil
	}
	return r.files, r.findings, nil
}

func (r *folderReader) path(name string) string { return r.root + "/" + name }

// tooLarge adds a finding for each limit of the template that was passed.
func (r *folderReader) tooLarge() bool {
	before := len(r.findings)
	if r.entries > MaxFiles {
		r.findings.Errorf(r.root, "TPL-SIZE", "has more than %d files; remove what is not part of the pass", MaxFiles)
	}
	if r.size > MaxSize {
		r.findings.Errorf(r.root, "TPL-SIZE", "has more than %d bytes of files; make the images smaller", MaxSize)
	}
	if r.text > maxText {
		r.findings.Errorf(r.root, "TPL-SIZE", "has more than %d bytes of pass.json and pass.strings; shorten the texts", maxText)
	}
	return len(r.findings) > before
}

// readDir reads one folder; parent is "" for the template's own, and "de.lproj/" inside one.
func (r *folderReader) readDir(parent string) error {
	entries, err := r.list(strings.TrimSuffix(r.path(parent), "/"))
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

// list returns the entries of a folder by name, and not many more than the template may have.
func (r *folderReader) list(name string) ([]fs.DirEntry, error) {
	f, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	entries, err := dir.ReadDir(MaxFiles + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	r.entries += len(entries)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// readEntry reads a file or folder, once there is nothing wrong with its name.
func (r *folderReader) readEntry(name string, mode fs.FileMode) error {
	if r.entries > MaxFiles {
		return nil
	}
	if other, twice := r.names[strings.ToLower(name)]; twice {
		r.findings.Errorf(r.path(name), "PKG-6", "has the name of %s, but for the case of letters; keep one", other)
		return nil
	}
	r.names[strings.ToLower(name)] = name
	switch {
	case mode&fs.ModeSymlink != 0:
		r.findings.Errorf(r.path(name), "PKG-5", "is a symbolic link; put the file itself here")
	case mode.IsDir() && languageFolder.MatchString(name):
		return r.readDir(name + "/")
	case mode.IsDir():
		r.refuse(name, "LOC-1", "a template has no folders but those of languages, such as de.lproj or pt-BR.lproj")
	case mode.IsRegular() && templateFile.MatchString(name):
		text, err := r.readFile(name)
		r.files[name] = text
		return err
	case mode.IsRegular() && r.designed && name == toolingJSON:
		text, err := r.readFile(name)
		r.checkTooling(text)
		return err
	case path.Ext(name) == ".pdf":
		r.refuse(name, "TPL-FILE", "older systems know no PDF images; export it as PNG at @2x and @3x")
	default:
		r.refuse(name, "TPL-FILE", "has no place in a template; there are pass.json, personalization.json, images such as icon@2x.png, "+
			"and in language folders pass.strings and images")
	}
	return nil
}

// refuse finds a file or folder that a template does not have. Pass Designer keeps whatever it finds in its folders, so
// there it is only left out.
func (r *folderReader) refuse(name, rule, message string) {
	if r.designed {
		r.findings.Warnf(r.path(name), "TPL-IMPORT", "was left out: %s", message)
		return
	}
	r.findings.Errorf(r.path(name), rule, "%s", message)
}

// readFile reads no further than to where the template is too large.
func (r *folderReader) readFile(name string) ([]byte, error) {
	room := MaxSize - r.size
	image := strings.HasSuffix(name, ".png")
	if !image {
		room = min(room, maxText-r.text)
	}
	if room < 0 {
		return nil, nil
	}
	f, err := r.fsys.Open(r.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, room+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.path(name), err)
	}
	r.size += int64(len(data))
	if !image {
		r.text += int64(len(data))
	}
	return data, nil
}

// ignored reports what desktops leave behind and no package may hold (PKG-5), and every hidden file; not what only begins like
// one and leads elsewhere.
func ignored(name string) bool {
	hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "..") && !strings.ContainsAny(name, `/\`)
	return hidden || name == "__MACOSX" || strings.EqualFold(name, "Thumbs.db")
}
