package hot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"walletpasses.example/server/shared/hot"
)

// from has one object, of so many bytes, which are read from a reader.
func from(size int64, source io.Reader) *cold {
	return &cold{source: func(context.Context, string) (io.Reader, int64, error) { return source, size, nil }}
}

// The first bytes do not wait for the last ones, neither for who asked first nor for those who joined.
func TestBytesAreGivenOutAsTheyArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arriving, send := io.Pipe()
		c := from(8, arriving)
		b := hot.New(c)
		var got [4]bytes.Buffer
		var group sync.WaitGroup
		for i := range got {
			object, _, err := b.Open(t.Context(), "a")
			check(t, err)
			group.Go(func() {
				if _, err := io.Copy(&got[i], object); err != nil {
					t.Error(err)
				}
				object.Close()
			})
		}
		want := func(text string) {
			synctest.Wait()
			for i := range got {
				if got[i].String() != text {
					t.Errorf("reader %d has %q, want %q", i, &got[i], text)
				}
			}
		}
		_, _ = io.WriteString(send, "half")
		want("half")
		_, _ = io.WriteString(send, " way")
		send.Close()
		want("half way")
		group.Wait()
		c.want(t, 1)
	})
}

// The phone on the slow network keeps nobody waiting.
func TestASlowReaderHoldsUpNobody(t *testing.T) {
	b := hot.New(holding(60_000))
	slow, _, err := b.Open(t.Context(), "a")
	check(t, err)
	_, err = io.CopyN(io.Discard, slow, 1)
	check(t, err)
	wantContent(t, b, "a", 60_000)
	rest, err := io.ReadAll(slow)
	check(t, err)
	if !bytes.Equal(rest, content("a", 60_000)[1:]) {
		t.Errorf("the slow one gets %.40q…", rest)
	}
	check(t, slow.Close())
}

func TestAllWhoAskAtTheSameTimeShareOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, gate := holding(60_000), make(chan struct{})
		open := c.source
		c.source = func(ctx context.Context, name string) (io.Reader, int64, error) {
			<-gate
			return open(ctx, name)
		}
		b := hot.New(c)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() { wantContent(t, b, "a", 60_000) })
		}
		synctest.Wait()
		close(gate)
		group.Wait()
		c.want(t, 1)
	})
}

// An error is everybody's who waited for it, and nobody's afterwards.
func TestAnErrorIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, gate := holding(10), make(chan struct{})
		open := c.source
		c.source = func(context.Context, string) (io.Reader, int64, error) {
			<-gate
			return nil, 0, errDown
		}
		b := hot.New(c)
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := read(t, b, "a"); !errors.Is(err, errDown) {
					t.Errorf("%v, want %v", err, errDown)
				}
			})
		}
		synctest.Wait()
		close(gate)
		group.Wait()
		if c.opened != 1 {
			t.Errorf("opened %d times", c.opened)
		}
		c.source = open
		wantContent(t, b, "a", 10)
	})
}

// What broke off, what is shorter or longer than it is said to be, and what the checksum at its end denies: none of it is
// held, and nobody is given the last byte of it, so that nobody takes it for whole.
func TestWhatDidNotComeThroughWholeIsNotHeld(t *testing.T) {
	for name, c := range map[string]struct {
		source io.Reader
		err    error // nil: some error
	}{
		"broken off":        {io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errDown)), errDown},
		"short":             {strings.NewReader("half"), io.ErrUnexpectedEOF},
		"long":              {strings.NewReader("more than half"), nil},
		"denied at its end": {io.MultiReader(strings.NewReader("half way"), iotest.ErrReader(errDown)), errDown},
		"denied at once":    {iotest.DataErrReader(io.MultiReader(strings.NewReader("half way"), iotest.ErrReader(errDown))), errDown},
	} {
		t.Run(name, func(t *testing.T) {
			cold := from(8, c.source)
			b := hot.New(cold)
			other, _, err := b.Open(t.Context(), "a")
			check(t, err)
			data, err := read(t, b, "a")
			if err == nil || c.err != nil && !errors.Is(err, c.err) || len(data) >= 8 {
				t.Errorf("%q, %v; want %v", data, err, c.err)
			}
			cold.source = func(context.Context, string) (io.Reader, int64, error) { return strings.NewReader("half way"), 8, nil }
			if data, err := read(t, b, "a"); err != nil || string(data) != "half way" {
				t.Errorf("asked again: %q, %v", data, err)
			}
			if _, err := io.ReadAll(other); err == nil {
				t.Error("who asked before is not told")
			}
			check(t, other.Close())
			if data, err := read(t, b, "a"); err != nil || string(data) != "half way" {
				t.Errorf("asked once more: %q, %v", data, err)
			}
			cold.want(t, 2)
		})
	}
}

// The first one's context does not end what others read, and who leaves half way takes nothing from those who stay.
func TestOthersReadOnWhenTheFirstLeaves(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := holding(60_000)
	open := c.source
	c.source = func(ctx context.Context, name string) (io.Reader, int64, error) {
		source, size, err := open(ctx, name)
		return io.MultiReader(io.LimitReader(source, 10), whileAlive{ctx, source}), size, err
	}
	b := hot.New(c)
	first, _, err := b.Open(ctx, "a")
	check(t, err)
	second, _, err := b.Open(t.Context(), "a")
	check(t, err)
	_, err = io.CopyN(io.Discard, first, 10)
	check(t, err)
	cancel()
	check(t, first.Close())
	data, err := io.ReadAll(second)
	check(t, err)
	if !bytes.Equal(data, content("a", 60_000)) {
		t.Errorf("%.40q…", data)
	}
	check(t, second.Close())
	c.want(t, 1)
}

// whileAlive reads for as long as its context lasts, as a response of Cloud Storage does.
type whileAlive struct {
	ctx    context.Context
	source io.Reader
}

func (w whileAlive) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.source.Read(p)
}

func TestWhatNobodyReadsToItsEndIsClosedAndNotHeld(t *testing.T) {
	c := holding(mebibyte)
	b := hot.New(c)
	for range 40 { // more than there is room for
		object, _, err := b.Open(t.Context(), "a") // as HEAD does
		check(t, err)
		check(t, object.Close())
	}
	c.want(t, 40)
	wantContent(t, b, "a", mebibyte)
	wantContent(t, b, "a", mebibyte)
	c.want(t, 41)
}

func TestWhoWaitsMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, gate := holding(mebibyte), make(chan struct{})
		open := c.source
		c.source = func(ctx context.Context, name string) (io.Reader, int64, error) {
			<-gate
			return open(ctx, name)
		}
		b := hot.New(c)
		var group sync.WaitGroup
		group.Go(func() { wantContent(t, b, "a", mebibyte) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := b.Open(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		close(gate)
		group.Wait()
		for range 2 {
			for n := range 32 { // for the last of which "a" makes room, since nobody reads it
				wantContent(t, b, fmt.Sprint(n), mebibyte)
			}
		}
		c.want(t, 33)
	})
}

// Many readers of more objects than can be held, some of which leave half way: each gets the bytes of the object it asked for.
func TestManyReaders(t *testing.T) {
	c := holding(mebibyte)
	b := hot.New(c)
	var group sync.WaitGroup
	for seed := range uint64(8) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 8 {
				name := string(rune('a'+random.IntN(26))) + string(rune('a'+random.IntN(2)))
				object, _, err := b.Open(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				n := min(random.IntN(2*mebibyte), mebibyte)
				data, err := io.ReadAll(io.LimitReader(object, int64(n)))
				if err != nil || !bytes.Equal(data, content(name, mebibyte)[:n]) {
					t.Errorf("%s: %d bytes, %v", name, len(data), err)
				}
				object.Close()
			}
		})
	}
	group.Wait()
	if c.opened != c.closed {
		t.Errorf("opened %d times, closed %d times", c.opened, c.closed)
	}
}
