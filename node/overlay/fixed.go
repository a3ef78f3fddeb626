package overlay

import (
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// fixed is a neighbour of the configuration, kept for as long as the node runs.
type fixed struct {
	address string
	busy    atomic.Bool
	id      atomic.Pointer[string] // once known
	refused atomic.Bool            // the last attempt was

	// Of the upkeep alone.
	failures int
	notUntil time.Time
}

// linked reports whether the neighbour is there, and starts its waits anew.
func (f *fixed) linked(o *Overlay) bool {
	id := f.id.Load()
	if id == nil {
		return false
	}
	p, err := peer.Decode(*id)
	if err != nil || o.core.linkOf(p) == nil {
		return false
	}
	f.failures, f.notUntil = 0, time.Time{}
	return true
}
