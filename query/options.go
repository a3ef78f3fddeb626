package query

import "time"

// Rule says what a node does with a further copy of a query it knows.
type Rule uint8

const (
	// LargerTTL forwards a copy again when its TTL is larger than any seen
	// before, so that a slow short path does not cut the horizon. It costs up to
	// twice the messages of DropAll where delays differ.
	LargerTTL Rule = iota
	// DropAll drops every later copy, as Gnutella did in 2002. A flood whose TTL
	// covers the mesh then sends exactly 2E−(N−1) messages.
	DropAll
)

// Options configures a Router. The zero value of a field means its default.
type Options struct {
	// TTLMax is the largest TTL accepted; larger ones are cut to it. Default 7.
	// Larger floods the network from one message, smaller cuts horizons.
	TTLMax uint8
	// ReachMax bounds TTL + hops of a received copy; the TTL is cut to fit.
	// Default 8.
	ReachMax uint8
	// Duplicates is the rule for further copies of a known query.
	Duplicates Rule
	// Leaf makes the node ask and answer and forward nobody's queries.
	Leaf bool
	// Reserved says that the performer may have answers for one neighbour alone, so
	// that AnswerReserved is asked for. Simulations have none.
	Reserved bool
	// PathsMax is the number of queries remembered. Default 65,536; fewer
	// forget reverse paths under load, more cost some 300 bytes each.
	PathsMax int
	// PathLifetime is how long a query is remembered. Default 10 min.
	PathLifetime time.Duration
	// WavesMax is the number of waves that may wait for echoes. Default 4,096.
	// Beyond it a copy is echoed at once with its children counted as lost.
	WavesMax int
	// EchoPerHop is the time a wave waits for its echoes, for each link its copies
	// may travel, so that a node gives up before the one that asked it.
	// Default 400 ms; less calls slow nodes lost, more keeps a search waiting
	// for a node that died.
	EchoPerHop time.Duration
	// QueriesPerSec and QueryBurst are each neighbour's query budget, and what this
	// node sends to each. What some leave unused the others may borrow. Defaults 50
	// and 100: with eight neighbours some 60 kB/s each way at the most. Fewer let a
	// few flooders take all there is, more cost bandwidth when they try.
	QueriesPerSec, QueryBurst int
	// OwnQueriesPerSec and OwnQueryBurst are what a neighbour may ask itself, of
	// that. Defaults 5 and 40. More lets fewer flooders fill the network.
	OwnQueriesPerSec, OwnQueryBurst int
	// HitsPerSec and HitsBurst bound the batches of one neighbour whose
	// signatures are checked, at some 50 µs each, and again the hits and echoes it
	// may send in vain before we part from it. Defaults 500 and 2,000.
	HitsPerSec, HitsBurst int
	// HitBytesPerLink bounds the hits of one query taken from, or sent to, one
	// link. Default 64 KiB.
	HitBytesPerLink int
	// HitBytesPerHolder bounds the hits of one query from one holder.
	// Default 8 KiB.
	HitBytesPerHolder int
	// MalformedMax is how many malformed messages part us from a neighbour.
	// Default 3. One forged batch always does.
	MalformedMax int
}

// Limits of single messages. They are part of the protocol.
const (
	QueryBytesMax      = 512     // an encoded Query
	ExpressionBytesMax = 256     // its expression
	HitBytesMax        = 8 << 10 // a signed batch
	EntriesMax         = 20      // entries in a batch
	NameBytesMax       = 255     // an entry's name
	TagsBytesMax       = 200     // an entry's tags; longer ones are dropped, the entry stays
	FrameBytesMax      = 64 << 10
	nonceBytes         = 16
)

func (o Options) withDefaults() Options {
	orDefault(&o.TTLMax, 7)
	orDefault(&o.ReachMax, 8)
	orDefault(&o.PathsMax, 65_536)
	orDefault(&o.PathLifetime, 10*time.Minute)
	orDefault(&o.WavesMax, 4_096)
	orDefault(&o.EchoPerHop, 400*time.Millisecond)
	orDefault(&o.QueriesPerSec, 50)
	orDefault(&o.QueryBurst, 100)
	orDefault(&o.OwnQueriesPerSec, 5)
	orDefault(&o.OwnQueryBurst, 40)
	orDefault(&o.HitsPerSec, 500)
	orDefault(&o.HitsBurst, 2_000)
	orDefault(&o.HitBytesPerLink, 64<<10)
	orDefault(&o.HitBytesPerHolder, HitBytesMax)
	orDefault(&o.MalformedMax, 3)
	return o
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
