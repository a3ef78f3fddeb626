package overlay

import (
	"log/slog"
	"time"

	"starling/node/overlay/policy"
	"starling/query"
	"starling/share/words"
)

// DefaultPort is Gnutella's own TCP port.
const DefaultPort = 6346

// Protocol ids. The last number is the version.
const (
	protocolQuery = "/starling/query/1.0.0"
	protocolHits  = "/starling/hits/1.0.0"
	protocolMesh  = "/starling/mesh/1.0.0"
	topicName     = "starling"
)

// Options configures an Overlay. The zero value of a field means its default.
type Options struct {
	// Listen are the multiaddrs to listen on. Default: TCP on all interfaces, at
	// Port or the next free one.
	Listen []string
	// Port is the TCP port used without Listen. Default 6346.
	Port int
	// Connect are nodes to keep as neighbours: multiaddrs, HOST, HOST:PORT or
	// invite lines.
	Connect []string
	// LAN finds other nodes on the local network by mDNS and is found by them.
	LAN bool
	// StaticMesh keeps the neighbours of Connect and those that connect, and
	// looks for no others. For tests and experiments.
	StaticMesh bool
	// DegreeMin, Degree and DegreeMax are the neighbours to have at least, to
	// look for, and to have at most, as package policy has them. Defaults 4, 8, 12.
	DegreeMin, Degree, DegreeMax int
	// Query configures the search protocol.
	Query query.Options
	// HostCache is the file that remembers nodes between runs; empty for none.
	HostCache string
	// Agent names the program and its version to neighbours.
	Agent string
	// FreeSlots says how many upload slots are free; nil means none is told.
	FreeSlots func() int
	// Answer asks the library: at most limit entries that match. It is called
	// from several goroutines. Nil answers nothing.
	Answer func(e words.Expr, limit int) []query.Entry
	// Reserved asks the library for what is for that node alone, as Answer does. It
	// is called for what a neighbour asks itself; what it gives goes to that
	// neighbour by its own link and nowhere else. Nil: nothing is reserved.
	Reserved func(node string, e words.Expr, limit int) []query.Entry
	// Logger gets what happens; nil discards it.
	Logger *slog.Logger
}

// Limits and times of the overlay.
const (
	handshakeTimeout   = 10 * time.Second       // a neighbour that takes longer is not worth having
	pingEvery          = 5 * time.Second        // some 300 bytes/s with eight neighbours
	silenceMax         = 12 * time.Second       // a link that says nothing for longer is dead
	candidatesEvery    = time.Minute            // pongs with records, unless spares run low
	sparesMin          = 3                      // contacts to have in reserve
	meshFramesPerSec   = 10                     // frames of a mesh stream; honest ones send one in 5 s
	byeTimeout         = time.Second            // to write the last frame, and for the other side to read it
	lingerBytes        = 256 << 10              // of the other side under way meanwhile: a yamux window
	identityGrace      = 700 * time.Millisecond // the lower node id dials first, so that two do not dial at once
	upkeepEvery        = time.Second            // replace within seconds under churn
	tickEvery          = 100 * time.Millisecond // of the router: a quarter of its shortest deadline
	writeTimeout       = 10 * time.Second       // a link that takes no bytes for longer is dead
	hitLifetime        = 2 * time.Minute        // of a signed batch; clocks may differ by less
	meshFrameMax       = 32 << 10               // a pong with ten records
	meshElementsMax    = 256                    // fields in it
	recordBytesMax     = 2 << 10                // a signed node record
	addressesMax       = 16                     // in a record
	addressBytesMax    = 256                    // of one
	candidatesMax      = 10                     // records in a pong, as in Gnutella's pong cache
	contactsMax        = 512                    // nodes we know of and are not linked to
	hitQueueBytes      = 1 << 20                // waiting for one link; more is dropped and counted
	shedQueueBytes     = 64 << 10               // hits waiting for a link while queries to it are shed
	answerQueue        = 256                    // queries waiting for the library
	answerWorkers      = 4                      // a library search takes microseconds, a signature 25 of them
	pubsubMessageBytes = 4 << 10                // an RPC with a few queries
	pubsubQueue        = 1024                   // RPCs waiting for one neighbour
	pubsubSeenFor      = 30 * time.Second       // router paths outlive it; pubsub's cache has no cap
	messagesPerRPC     = 8                      // queries in one RPC; ours carry one
)

func (o Options) withDefaults() Options {
	if o.Port == 0 {
		o.Port = DefaultPort
	}
	if o.Degree == 0 {
		o.Degree = policy.Degree
	}
	if o.DegreeMin == 0 {
		o.DegreeMin = min(policy.DegreeMin, o.Degree)
	}
	if o.DegreeMax == 0 {
		o.DegreeMax = max(policy.DegreeMax, o.Degree)
	}
	if o.Agent == "" {
		o.Agent = "starling"
	}
	if o.FreeSlots == nil {
		o.FreeSlots = func() int { return 0 }
	}
	if o.Answer == nil {
		o.Answer = func(words.Expr, int) []query.Entry { return nil }
	}
	if o.Query.Reserved = o.Reserved != nil; !o.Query.Reserved {
		o.Reserved = func(string, words.Expr, int) []query.Entry { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
