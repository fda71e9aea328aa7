package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// lookEvery is the time between two looks at the files of templates. What has changed is loaded when it has not changed further
// by the next look, since editors and copies write in pieces.
const lookEvery = 250 * time.Millisecond

// A folder is the templates of -templates, which follow their files. One that cannot be used any more stays as it was; one that
// never could leaves the place to the template of its name beneath.
type folder struct {
	dir     string
	beneath template.Set
	log     *slog.Logger

	stamps map[string]string // of the files that were loaded last, by template; the watch's own
	seen   map[string]string // of the files at the last look

	mu        sync.Mutex
	templates template.Templates
	broken    map[string]wallet.Findings // by template
}

// openFolder loads the templates of a directory. It says which of them cannot be used; they can be mended while it is watched.
func openFolder(dir string, beneath template.Set, log *slog.Logger) (*folder, error) {
	if err := exists("templates", dir); err != nil {
		return nil, err
	}
	f := &folder{
		dir: dir, beneath: beneath, log: log, stamps: make(map[string]string),
		templates: make(template.Templates), broken: make(map[string]wallet.Findings),
	}
	var err error
	if f.seen, err = stampsOf(dir); err != nil {
		return nil, err
	}
	if _, err = f.look(); err != nil {
		return nil, err
	}
	return f, nil
}

// Template returns the template as its files last were when they could be used, or else what is wrong with them.
func (f *folder) Template(ctx context.Context, name string) (*template.Template, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if findings, broken := f.broken[name]; broken && template.ValidName(name) && f.templates[name] == nil {
		if _, err := f.beneath.Template(ctx, name); err != nil {
			return nil, findings
		}
	}
	return f.templates.Template(ctx, name)
}

// Broken returns what is wrong with those templates whose files cannot be used as they are now.
func (f *folder) Broken() map[string]wallet.Findings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.broken)
}

// watch calls changed with the names of the templates whose files have changed, until ctx ends.
func (f *folder) watch(ctx context.Context, changed func(names []string)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var lost bool
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		names, err := f.look()
		if err != nil && !lost {
			f.log.Warn("templates", "dir", f.dir, "error", err)
		}
		lost = err != nil
		if names != nil {
			changed(names)
		}
	}
}

// look loads the templates whose files have changed since they were loaded, and have not since the look before. It returns
// their names, sorted.
func (f *folder) look() ([]string, error) {
	now, err := stampsOf(f.dir)
	if err != nil {
		return nil, err
	}
	before := f.seen
	f.seen = now
	var names []string
	for name, stamp := range now {
		if stamp != f.stamps[name] && stamp == before[name] {
			names = append(names, name)
		}
	}
	for name := range f.stamps {
		if _, there := now[name]; !there {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil, nil
	}
	slices.Sort(names)
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, name := range names {
		if stamp, there := now[name]; there {
			f.stamps[name] = stamp
			f.load(root.FS(), name)
		} else {
			delete(f.stamps, name)
			f.drop(name)
		}
	}
	return names, nil
}

func (f *folder) load(fsys fs.FS, name string) {
	t, err := template.Load(fsys, name)
	findings, broken := errors.AsType[wallet.Findings](err)
	if err != nil && !broken {
		findings.Errorf(name, "TPL-READ", "cannot be read: %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.broken[name] = findings
		f.say(name, findings)
		return
	}
	delete(f.broken, name)
	f.templates[name] = t
	f.log.Info("template loaded", "name", name)
	f.say(name, t.Warnings())
}

func (f *folder) drop(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.broken, name)
	delete(f.templates, name)
	f.log.Info("template gone", "name", name)
}

func (f *folder) say(name string, findings wallet.Findings) {
	for _, finding := range findings {
		f.log.Warn("template", "name", name, "path", finding.Path, "rule", finding.Rule, "message", finding.Message)
	}
}

// stampsOf returns, for each template of a directory, a text that is another when any of its files has changed.
func stampsOf(dir string) (map[string]string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	stamps := make(map[string]string)
	for _, entry := range entries {
		for _, extension := range []string{".pass", ".pkpasstemplate"} {
			if name, ok := strings.CutSuffix(entry.Name(), extension); ok && !strings.HasPrefix(name, ".") {
				stamps[name] += stampOf(root.FS(), entry.Name())
			}
		}
	}
	return stamps, nil
}

// stampOf is the names, sizes and times of the files in a folder, of as many as a template may have.
func stampOf(fsys fs.FS, folder string) string {
	var stamp strings.Builder
	files := 0
	// What cannot be looked at has no part in the stamp; loading the template says what is the matter.
	_ = fs.WalkDir(fsys, folder, func(name string, entry fs.DirEntry, err error) error {
		if files++; files > template.MaxFiles {
			return fs.SkipAll
		}
		if err != nil {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintln(&stamp, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return stamp.String()
}

// openTemplates has the built-in templates and those of -templates, which win.
func (s *server) openTemplates() (template.Set, error) {
	builtin, err := template.Builtin()
	if err != nil || s.options.templates == "" {
		return builtin, err
	}
	if s.folder, err = openFolder(s.options.templates, builtin, s.options.log); err != nil {
		return nil, err
	}
	return template.Sets{builtin, s.folder}, nil
}

// broken is what the console says of templates that cannot be used as they are.
func (s *server) broken() map[string]wallet.Findings {
	if s.folder == nil {
		return nil
	}
	return s.folder.Broken()
}

// followTemplates brings what is shown, and the passes, up to templates that change.
func (s *server) followTemplates(ctx context.Context) {
	s.folder.watch(ctx, func(names []string) {
		s.hub.Publish(console.Event{Kind: console.KindTemplate})
		s.driver.bringUp(ctx, s.material.passTypes(), names)
	})
}
