package transfer

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// blockHead is room for a message before the raw bytes, so that both go out in
// one write.
const blockHead = 64

// block is a buffer for one piece of a group.
type block [blockHead + blockBytes]byte

// raw is the part of the block for n raw bytes.
func (b *block) raw(n int) []byte { return b[blockHead : blockHead+n] }

// memory hands out blocks and bounds how many bytes of them are out at once.
// What is given back is kept for the next, so a transfer allocates only while
// it grows.
type memory struct {
	room  *semaphore.Weighted
	spare sync.Pool
}

func newMemory(maxBytes int64) *memory {
	m := &memory{room: semaphore.NewWeighted(max(maxBytes, wholeGroupBytes))}
	m.spare.New = func() any { return new(block) }
	return m
}

// reserve waits until n bytes may be held. A whole group is reserved before its
// first piece is read: readers that each waited for their next piece could all
// wait for each other.
func (m *memory) reserve(ctx context.Context, n int64) error { return m.room.Acquire(ctx, n) }

func (m *memory) block() *block { return m.spare.Get().(*block) }

// free gives back blocks and the bytes that were reserved for them.
func (m *memory) free(blocks []*block, reserved int64) {
	for _, b := range blocks {
		m.spare.Put(b)
	}
	m.room.Release(reserved)
}
