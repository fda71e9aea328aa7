// Package templates reads pass templates from Cloud Storage: templates/{name}.pass/… in Apple's source layout, or
// templates/{name}.pkpasstemplate/… as Pass Designer saves it; what is left out of the latter is in [template.Template.Warnings].
package templates

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// freshness is how long a template is used before it is looked at again.
const freshness = time.Minute

// manyLoaded is how many names are kept before those are forgotten that no template has: documents make them up without end.
const manyLoaded = 1000

// A Bucket is the [template.Set] of one bucket. A template is read when it is first used, and again when one of its objects
// has changed; that is noticed within a minute, and of a broken one at the next use.
type Bucket struct {
	client *storage.Client
	bucket *storage.BucketHandle
	now    func() time.Time

	mu     sync.Mutex
	loaded map[string]loaded
}

// loaded is a template as of the generations of its objects, or what is wrong with it; neither when there are none.
type loaded struct {
	template    *template.Template
	broken      wallet.Findings
	generations map[string]int64
	checked     time.Time
}

func (l loaded) answer(name string) (*template.Template, error) {
	switch {
	case l.broken != nil:
		return nil, l.broken
	case l.template == nil:
		return nil, &template.UnknownError{Name: name}
	}
	return l.template, nil
}

// Open connects to Cloud Storage or, like all of Google's clients, to the emulator that STORAGE_EMULATOR_HOST names. Close
// the bucket after use.
func Open(ctx context.Context, bucket string, now func() time.Time) (*Bucket, error) {
	client, err := storage.NewClient(ctx, storage.WithJSONReads())
	if err != nil {
		return nil, fmt.Errorf("open templates bucket %s: %w", bucket, err)
	}
	return &Bucket{client: client, bucket: client.Bucket(bucket), now: now, loaded: make(map[string]loaded)}, nil
}

// Close releases the connections.
func (b *Bucket) Close() error { return b.client.Close() }

// Template returns the template of a name, or a [template.UnknownError]. One that changes while it is being read is
// [wallet.ErrUnavailable], worth another try: half of it would be of one version and half of another.
func (b *Bucket) Template(ctx context.Context, name string) (*template.Template, error) {
	b.mu.Lock()
	known, ok := b.loaded[name]
	b.mu.Unlock()
	if ok && known.broken == nil && b.now().Sub(known.checked) < freshness {
		return known.answer(name)
	}
	return b.Fresh(ctx, name)
}

// Checked returns a time, by this machine's clock: what Template answers from now on is the template as it was then, or later. It
// is zero where nothing is kept.
func (b *Bucket) Checked(name string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.loaded[name].checked
}

// Fresh is Template without what was kept, unless none of its objects has changed. Where Cloud Storage takes longer than
// [call.Limit] for all of it, the error is [wallet.ErrUnavailable].
func (b *Bucket) Fresh(ctx context.Context, name string) (*template.Template, error) {
	if !template.ValidName(name) {
		return nil, &template.UnknownError{Name: name}
	}
	ctx, done := call.Bound(ctx)
	defer done()
	now := b.now()
	generations, err := b.list(ctx, name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	known := b.loaded[name]
	b.mu.Unlock()
	if !maps.Equal(generations, known.generations) {
		if known, err = b.read(ctx, name, generations); err != nil {
			return nil, err
		}
	}
	known.checked = now
	b.keep(name, known)
	return known.answer(name)
}

// keep remembers what was found, unless somebody has looked later.
func (b *Bucket) keep(name string, l loaded) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.loaded[name].checked.After(l.checked) {
		return
	}
	if len(b.loaded) >= manyLoaded {
		maps.DeleteFunc(b.loaded, func(_ string, l loaded) bool { return len(l.generations) == 0 })
	}
	b.loaded[name] = l
}

// folders are where the objects of all templates are.
const folders = "templates/"

// list returns the generation of each object of a template, by its name below templates/. Those of the folder that Pass
// Designer saves are among them: whether there may be both is for [template.Load] to say.
func (b *Bucket) list(ctx context.Context, name string) (map[string]int64, error) {
	generations := make(map[string]int64)
	query := &storage.Query{Prefix: folders + name + "."}
	if err := query.SetAttrSelection([]string{"Name", "Generation"}); err != nil {
		return nil, err
	}
	for listed := b.bucket.Objects(ctx, query); ; {
		attrs, err := listed.Next()
		if errors.Is(err, iterator.Done) {
			return generations, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list template %s: %w", name, call.Failure(err))
		}
		file := strings.TrimPrefix(attrs.Name, folders)
		root, _, _ := strings.Cut(file, "/")
		if root != name+".pass" && root != name+".pkpasstemplate" || strings.HasSuffix(file, "/") {
			continue // another template, or a folder as the console makes them
		}
		if generations[file] = attrs.Generation; len(generations) > template.MaxFiles {
			var findings wallet.Findings
			findings.Errorf(root, "TPL-SIZE", "has more than %d files; remove what is not part of the pass", template.MaxFiles)
			return nil, findings
		}
	}
}

// read loads a template of these generations, or finds what is wrong with it.
func (b *Bucket) read(ctx context.Context, name string, generations map[string]int64) (loaded, error) {
	l := loaded{generations: generations}
	if len(generations) == 0 {
		return l, nil
	}
	t, failed := template.Load(objects{ctx, b.bucket, generations}, name)
	after, err := b.list(ctx, name)
	if err != nil {
		return loaded{}, err
	}
	if !maps.Equal(after, generations) {
		return loaded{}, fmt.Errorf("%w: template %s is being changed", wallet.ErrUnavailable, name)
	}
	if broken, ok := errors.AsType[wallet.Findings](failed); ok {
		l.broken = slices.Clip(broken) // it is handed out more than once
		return l, nil
	}
	l.template = t
	return l, failed
}

// A set is the built-in templates and those of a bucket, which win.
type set struct {
	template.Sets
	own *Bucket
}

// Checked is that of the bucket: the built-in templates do not change.
func (s set) Checked(name string) time.Time { return s.own.Checked(name) }

// OpenSet returns the built-in templates and those of a bucket, which win; the built-in ones alone when bucket is empty.
func OpenSet(ctx context.Context, bucket string, now func() time.Time) (template.Set, error) {
	builtin, err := template.Builtin()
	if err != nil || bucket == "" {
		return builtin, err
	}
	own, err := Open(ctx, bucket, now)
	if err != nil {
		return nil, err
	}
	return set{template.Sets{builtin, own}, own}, nil
}
