package hot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"walletpasses.example/server/shared/hot"
)

const mebibyte = 1 << 20

var errDown = errors.New("down")

// A cold bucket counts what is done to it, and hands out objects as a test says.
type cold struct {
	source func(ctx context.Context, name string) (io.Reader, int64, error)

	mu             sync.Mutex
	opened, closed int
}

func (c *cold) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	c.mu.Lock()
	c.opened++
	c.mu.Unlock()
	source, size, err := c.source(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	return &counted{source, c}, size, nil
}

// A counted reader notes that it is closed, and must be closed once.
type counted struct {
	io.Reader
	cold *cold
}

func (c *counted) Close() error {
	c.cold.mu.Lock()
	defer c.cold.mu.Unlock()
	c.cold.closed++
	c.Reader = nil // who reads on will know
	return nil
}

// want checks how often the cold bucket was asked, and that nothing is left open.
func (c *cold) want(t *testing.T, opened int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened != opened || c.closed != opened {
		t.Errorf("opened %d times, closed %d times; want %d", c.opened, c.closed, opened)
	}
}

// holding has objects of so many bytes under every name.
func holding(size int) *cold {
	return &cold{source: func(_ context.Context, name string) (io.Reader, int64, error) {
		return bytes.NewReader(content(name, size)), int64(size), nil
	}}
}

// content is what an object of a name says.
func content(name string, size int) []byte {
	return bytes.Repeat([]byte(name+" "), size/(len(name)+1)+1)[:size]
}

// read reads an object whole.
func read(t *testing.T, b *hot.Bucket, name string) ([]byte, error) {
	t.Helper()
	object, size, err := b.Open(t.Context(), name)
	if err != nil {
		return nil, err
	}
	defer object.Close()
	var data bytes.Buffer
	if _, err := io.Copy(&data, object); err != nil {
		return data.Bytes(), err
	}
	if int64(data.Len()) != size {
		t.Errorf("%s: %d bytes of %d", name, data.Len(), size)
	}
	return data.Bytes(), nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantContent reads an object and compares it.
func wantContent(t *testing.T, b *hot.Bucket, name string, size int) {
	t.Helper()
	data, err := read(t, b, name)
	check(t, err)
	if !bytes.Equal(data, content(name, size)) {
		t.Errorf("%s: %.40q…", name, data)
	}
}

// A sweep may remove what is held: whoever asks for it has read its name in a record just now, and the bytes are those.
func TestAnObjectIsOpenedOnce(t *testing.T) {
	for _, size := range []int{1, 60_000, mebibyte} {
		c := holding(size)
		b := hot.New(c)
		wantContent(t, b, "a", size)
		c.source = func(context.Context, string) (io.Reader, int64, error) { return nil, 0, errors.New("removed") }
		wantContent(t, b, "a", size)
		wantContent(t, b, "a", size)
		c.want(t, 1)
	}
}

func TestAHitIsReadInPiecesToo(t *testing.T) {
	b := hot.New(holding(100))
	wantContent(t, b, "a", 100)
	object, size, err := b.Open(t.Context(), "a")
	check(t, err)
	data := make([]byte, 30)
	_, err = io.ReadFull(object, data)
	check(t, err)
	rest, err := io.ReadAll(object)
	check(t, err)
	if data = append(data, rest...); size != 100 || !bytes.Equal(data, content("a", 100)) {
		t.Errorf("%d bytes, %q", size, data)
	}
	check(t, object.Close())
	check(t, object.Close())
	if _, err := object.Read(data); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read after it was closed: %v", err)
	}
}

func TestAHitAllocatesItsReaderAlone(t *testing.T) {
	b := hot.New(holding(60_000))
	wantContent(t, b, "a", 60_000)
	hit := func() {
		object, _, _ := b.Open(t.Context(), "a")
		_, _ = io.Copy(io.Discard, object)
		object.Close()
	}
	if n := testing.AllocsPerRun(100, hit); n > 2 { // and its place among the unread
		t.Errorf("%v allocations", n)
	}
}

func TestWhatIsTooLargeGoesPast(t *testing.T) {
	for _, size := range []int{0, mebibyte + 1} {
		c := holding(size)
		b := hot.New(c)
		wantContent(t, b, "a", size)
		wantContent(t, b, "a", size)
		c.want(t, 2)
	}
}

// All who ask at the same time for what is not held are served, too.
func TestWhatIsTooLargeGoesPastAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, gate := holding(2*mebibyte), make(chan struct{})
		open := c.source
		c.source = func(ctx context.Context, name string) (io.Reader, int64, error) {
			<-gate
			return open(ctx, name)
		}
		b := hot.New(c)
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() { wantContent(t, b, "a", 2*mebibyte) })
		}
		synctest.Wait()
		close(gate)
		group.Wait()
		c.want(t, 3)
	})
}

func TestTheOneThatWasReadLongestAgoMakesRoom(t *testing.T) {
	c := holding(mebibyte)
	b := hot.New(c)
	for n := range 32 {
		wantContent(t, b, fmt.Sprint(n), mebibyte)
	}
	wantContent(t, b, "0", mebibyte) // held, and now the last to go
	c.want(t, 32)
	wantContent(t, b, "32", mebibyte)
	wantContent(t, b, "0", mebibyte)
	c.want(t, 33)
	wantContent(t, b, "1", mebibyte)
	c.want(t, 34)
}

// What is being read counts, held or not: slow readers of many objects take no more memory than the cache may.
func TestWhatIsBeingReadIsNotLetGo(t *testing.T) {
	c := holding(mebibyte)
	b := hot.New(c)
	var readers []io.ReadCloser
	for n := range 32 {
		object, _, err := b.Open(t.Context(), fmt.Sprint(n))
		check(t, err)
		_, err = io.CopyN(io.Discard, object, int64(n)) // as far as they have come
		check(t, err)
		readers = append(readers, object)
	}
	wantContent(t, b, "32", mebibyte)
	wantContent(t, b, "32", mebibyte)
	if c.opened != 34 {
		t.Errorf("opened %d times: there was no room to hold what is read beside them", c.opened)
	}
	for n, object := range readers {
		rest, err := io.ReadAll(object)
		check(t, err)
		if !bytes.Equal(rest, content(fmt.Sprint(n), mebibyte)[n:]) {
			t.Errorf("%d: %.40q…", n, rest)
		}
		check(t, object.Close())
	}
	wantContent(t, b, "32", mebibyte)
	wantContent(t, b, "32", mebibyte)
	c.want(t, 35)
}
