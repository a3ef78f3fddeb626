package transfer

import (
	"log/slog"
	"time"
)

// Options are the settings of an Exchange. Only StateDir and Dir have no
// default.
type Options struct {
	// StateDir is the node's state folder; downloads.db and the folder partials
	// lie in it, both private.
	StateDir string
	// Dir is where finished files go unless a Request names a folder.
	Dir string

	// Slots is how many nodes are served at once. Default 8; negative serves
	// nobody. More slots give each node less, fewer let a slow one hold up all.
	Slots int
	// QueueMax is how many uploads may wait for a slot. Default 64. More costs
	// an open stream each, fewer sends nodes away.
	QueueMax int
	// SlotTurn is how long a node keeps its slot while others wait. Default
	// 1 min. Longer makes the queue slow, shorter makes nodes change often.
	SlotTurn time.Duration
	// UpBytesPerSec and DownBytesPerSec bound the file bytes sent and
	// read; 0 is unlimited, anything below 4 KiB/s counts as that. See SetLimits.
	UpBytesPerSec, DownBytesPerSec int64
	// UpWANBytesPerSec and DownWANBytesPerSec bound, besides, what goes to and
	// comes from beyond the local network; 0 is no limit of their own.
	UpWANBytesPerSec, DownWANBytesPerSec int64
	// IsLocal tells nodes whose connection is local, of which there is a stream. nil: none is.
	IsLocal func(Source) bool

	// ActiveMax is how many downloads run at once; others are queued. Default 8.
	// More spreads the bandwidth and the disk thinner.
	ActiveMax int
	// SourcesMax is how many sources one download talks to at once. Default 16.
	// More costs a stream and some memory each and gains nothing on a full link.
	SourcesMax int
	// MemoryBytes bounds the bytes of groups that are read and not yet written,
	// over all downloads. Default 32 MiB, at least 4 MiB. Less makes sources of
	// very large files take turns.
	MemoryBytes int64
	// GiveUpAfter ends a download that no source has answered for so long.
	// Default 2 min. It can be resumed at any time.
	GiveUpAfter time.Duration

	// NoSeed serves nothing of what is fetched, neither while it comes nor
	// afterwards. The default, to serve it by content id, makes the network
	// faster for everyone.
	NoSeed bool

	// Self is the node's own id, which other nodes may name as a source.
	Self Source
	// Directory makes sources reachable for others; nil when ids alone do.
	Directory Directory
	// Logger is told what happens; nil discards it.
	Logger *slog.Logger

	wholeMax int64             // tests lower wholeGroupBytes
	hook     func(step string) // tests end the process at Steps
}

const (
	slotsDefault      = 8
	queueMaxDefault   = 64
	slotTurnDefault   = time.Minute
	activeMaxDefault  = 8
	sourcesMaxDefault = 16
	memoryDefault     = 32 << 20
	giveUpDefault     = 2 * time.Minute
)

func (o Options) withDefaults() Options {
	if o.Slots == 0 {
		o.Slots = slotsDefault
	}
	if o.QueueMax == 0 {
		o.QueueMax = queueMaxDefault
	}
	if o.SlotTurn == 0 {
		o.SlotTurn = slotTurnDefault
	}
	if o.ActiveMax == 0 {
		o.ActiveMax = activeMaxDefault
	}
	if o.SourcesMax == 0 {
		o.SourcesMax = sourcesMaxDefault
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = memoryDefault
	}
	if o.GiveUpAfter == 0 {
		o.GiveUpAfter = giveUpDefault
	}
	if o.wholeMax == 0 {
		o.wholeMax = wholeGroupBytes
	}
	if o.Directory == nil {
		o.Directory = plainDirectory{}
	}
	if o.hook == nil {
		o.hook = func(string) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
