package picture_test

import (
	"errors"
	"sync"
	"testing"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

// same reports that two results are one: the very bytes, not equal ones.
func same(a, b picture.Images) bool { return &a.Files[0].Data()[0] == &b.Files[0].Data()[0] }

func TestCacheDrawsOnce(t *testing.T) {
	c := picture.NewCache(1 << 20)
	logo := pngOf(t, filled(30, 20, red))
	slotted := func(data []byte, name, style string) func() (picture.Images, error) {
		return func() (picture.Images, error) { return c.Slot(data, name, style) }
	}
	stamped := func(card picture.StampCard) func() (picture.Images, error) {
		return func() (picture.Images, error) { return c.Strip(card) }
	}
	asks := []func() (picture.Images, error){
		slotted(logo, "logo", "storeCard"), slotted(logo, "icon", "storeCard"), slotted(logo, "strip", "storeCard"), slotted(logo, "strip", "eventTicket"),
		slotted(pngOf(t, filled(30, 20, blue)), "logo", "storeCard"),
		stamped(picture.StampCard{Stamps: 1, Goal: 5, Ink: cream}), stamped(picture.StampCard{Stamps: 2, Goal: 5, Ink: cream}),
		stamped(picture.StampCard{Stamps: 1, Goal: 6, Ink: cream}), stamped(picture.StampCard{Stamps: 1, Goal: 5}),
		stamped(picture.StampCard{Stamps: 1, Goal: 5, Ink: cream, Stamp: logo}), stamped(picture.StampCard{Stamps: 5, Goal: 5, Ink: cream}),
	}
	var results []picture.Images
	for i, ask := range asks {
		first, err := ask()
		check(t, err)
		second, err := ask()
		check(t, err)
		if !same(first, second) {
			t.Errorf("%d is drawn twice", i)
		}
		for j, other := range results {
			if same(first, other) {
				t.Errorf("%d gives what %d asked for", i, j)
			}
		}
		results = append(results, first)
	}
	full, err := c.Strip(picture.StampCard{Stamps: 9, Goal: 5, Ink: cream})
	check(t, err)
	if !same(full, results[len(results)-1]) {
		t.Error("a full card is drawn again for each stamp too many")
	}
	colors, err := c.Palette(logo)
	if want := decode(t, logo).Palette(); err != nil || colors != want {
		t.Errorf("palette %v, %v, want %v", colors, err, want)
	}
}

func TestCacheIsBounded(t *testing.T) {
	card := func(stamps int) picture.StampCard { return picture.StampCard{Stamps: stamps, Goal: 4, Ink: cream} }
	limit := 2000 // for what a cache needs beside the files
	for stamps := 1; stamps <= 3; stamps++ {
		images, _ := strip(t, card(stamps))
		for _, file := range images.Files {
			limit += len(file.Data())
		}
	}
	c := picture.NewCache(limit)
	get := func(stamps int) picture.Images {
		images, err := c.Strip(card(stamps))
		check(t, err)
		return images
	}
	first, second := get(1), get(2)
	get(3)
	if !same(first, get(1)) {
		t.Fatal("three do not fit")
	}
	get(4)
	if !same(first, get(1)) {
		t.Error("what was used last is forgotten")
	}
	if same(second, get(2)) {
		t.Error("nothing is forgotten")
	}
	small := picture.NewCache(100)
	a, err := small.Strip(card(1))
	check(t, err)
	b, err := small.Strip(card(1))
	check(t, err)
	if same(a, b) {
		t.Error("a cache keeps more than its limit")
	}
}

func TestCacheErrors(t *testing.T) {
	c := picture.NewCache(1 << 20)
	for range 2 {
		if _, err := c.Slot([]byte("no picture"), "logo", ""); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("slot: %v", err)
		}
		if _, err := c.Palette([]byte("no picture")); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("palette: %v", err)
		}
		if _, err := c.Strip(picture.StampCard{}); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("strip: %v", err)
		}
	}
}

func TestCacheOfManyGoroutines(t *testing.T) {
	c := picture.NewCache(1 << 20)
	results := make([]picture.Images, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			images, err := c.Strip(picture.StampCard{Stamps: 1, Goal: 3, Ink: cream})
			if err != nil {
				t.Error(err)
				return
			}
			results[i] = images
		})
	}
	group.Wait()
	for _, images := range results {
		if len(images.Files) == 0 || !same(images, results[0]) {
			t.Fatal("goroutines that ask together draw apart")
		}
	}
}

// BenchmarkStrip draws; BenchmarkCachedStrip is what every further pass with the same number of stamps costs.
func BenchmarkStrip(b *testing.B) {
	for b.Loop() {
		_, err := picture.StampCard{Stamps: 3, Goal: 10, Ink: cream}.Strip()
		check(b, err)
	}
}

func BenchmarkCachedStrip(b *testing.B) {
	c := picture.NewCache(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		_, err := c.Strip(picture.StampCard{Stamps: 3, Goal: 10, Ink: cream})
		check(b, err)
	}
}

func BenchmarkSlot(b *testing.B) {
	data := jpegOf(b, thirds(4032, 3024))
	b.ReportAllocs()
	for b.Loop() {
		p, err := picture.Decode(data)
		check(b, err)
		_, err = p.Slot("artwork", "posterGeneric")
		check(b, err)
	}
}
