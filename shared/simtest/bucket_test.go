package simtest

import (
	"bytes"
	"context"
	"io"

	"walletpasses.example/server/shared/inmem"
)

// gatedBucket is the bucket in memory behind the gate.
type gatedBucket struct {
	*inmem.Bucket
	world *world
}

func (b gatedBucket) Create(ctx context.Context, name string, data []byte) error {
	_, err := cross(ctx, createObject, name, func() (struct{}, error) {
		err := b.Bucket.Create(ctx, name, data)
		if err == nil {
			b.world.model.objectsCreated++
		}
		return struct{}{}, err
	})
	return err
}

// Open gives what is stored at that moment. An answer that is lost breaks off half way.
func (b gatedBucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	var data []byte
	_, err := cross(ctx, openObject, name, func() (struct{}, error) {
		object, size, err := b.Bucket.Open(ctx, name)
		if err != nil {
			return struct{}{}, err
		}
		data = make([]byte, size)
		_, err = io.ReadFull(object, data)
		return struct{}{}, err
	})
	if err != nil && data != nil {
		half := io.MultiReader(bytes.NewReader(data[:len(data)/2]), brokenOff{err})
		return io.NopCloser(half), int64(len(data)), nil
	}
	if err != nil {
		return nil, 0, err
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

func (b gatedBucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	return cross(ctx, listObjects, after, func() ([]string, error) { return b.Bucket.List(ctx, prefix, after, limit) })
}

func (b gatedBucket) Remove(ctx context.Context, name string) error {
	_, err := cross(ctx, removeObject, name, func() (struct{}, error) {
		b.world.model.objectRemoved(name)
		return struct{}{}, b.Bucket.Remove(ctx, name)
	})
	return err
}

// brokenOff is the end of a stream that broke off.
type brokenOff struct{ err error }

func (b brokenOff) Read([]byte) (int, error) { return 0, b.err }
