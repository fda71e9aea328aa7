package document_test

import (
	"errors"
	"image/color"
	"strings"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// A host that is out of reach now is no document's fault, and whoever can come back does; but everything that was found is
// there for those who cannot.
func TestAnUnreachablePicture(t *testing.T) {
	n := &internet{err: errDown}
	fields := with(data(points(1), "points", nil), "images", map[string]any{"strip": address, "logo": address + "?"})
	_, findings, err := dressed(t, n).Render(t.Context(), fields, of)
	unreachable, ok := errors.AsType[*document.UnreachableError](err)
	if !ok || !errors.Is(err, errDown) || !errors.Is(err, wallet.ErrNotReady) || errors.Is(err, wallet.ErrInvalid) || len(findings) != 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	const want = "error TPL-MISSING /data/points, error IMG-SOURCE /images/logo, error IMG-SOURCE /images/strip"
	if rules(unreachable.Findings) != want || !strings.Contains(err.Error(), errDown.Error()) {
		t.Errorf("%q, %v", rules(unreachable.Findings), err)
	}
}

// Of a picture that is out of reach, who waits for the answer learns it at once; a message comes again.
func TestWritingWithAnUnreachablePicture(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	check(t, err)
	n := &internet{err: errDown}
	writer.Renderer = dressed(t, n)
	before := stored(t, store)
	images := map[string]any{"images": map[string]any{"strip": address}}
	for name, write := range map[string]func() (document.Written, error){
		"Put": func() (document.Written, error) {
			return writer.Put(t.Context(), card, with(points(1), "images", images["images"]), document.Condition{})
		},
		"Merge": func() (document.Written, error) { return writer.Merge(t.Context(), card, images, document.Condition{}) },
	} {
		_, err := write()
		if findings, ok := errors.AsType[wallet.Findings](err); !ok || rules(findings) != "error IMG-SOURCE /images/strip" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := writer.Ingest(t.Context(), card, images, new(int64(1))); !errors.Is(err, errDown) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("a message: %v", err)
	}
	if !stored(t, store).Equal(before) {
		t.Error("something was written")
	}
	n.err, n.files = nil, map[string][]byte{address: drawn(t, 1500, 600, color.White)}
	if _, err := writer.Ingest(t.Context(), card, images, new(int64(1))); err != nil {
		t.Errorf("the message again: %v", err)
	}
}

// That a picture cannot be kept is no finding, of whomever: the text of our own faults is for the log.
func TestWritingWithAFullBucket(t *testing.T) {
	writer, _ := newWriter(t)
	n := &internet{files: map[string][]byte{address: drawn(t, 1500, 600, color.White)}}
	writer.Renderer = dressed(t, n)
	writer.Renderer.Pictures = &document.Album{Bucket: full{inmem.NewBucket()}, Fetch: n.get}
	fields := with(points(1), "images", map[string]any{"strip": address})
	if _, err := writer.Put(t.Context(), card, fields, document.Condition{}); !errors.Is(err, errDown) || errors.Is(err, wallet.ErrInvalid) || errors.Is(err, wallet.ErrNotReady) {
		t.Errorf("%v", err)
	}
}
