package query

import (
	"time"

	"starling/share/content"
	"starling/share/words"
)

// Kind says what a Message is.
type Kind uint8

const (
	KindQuery    Kind = iota + 1 // a copy of a query: Query, TTL, Hops
	KindHits                     // a batch, from a link not verified yet: Hits, Hops
	KindVerified                 // the batch of a Verify effect whose signature is good
	KindForged                   // the batch of a Verify effect whose signature is bad
	KindStale                    // the batch of a Verify effect that has expired
	KindAnswered                 // from Self: all hits of this node for Query are out
	KindEcho                     // Echo
)

// Message is one input of a Router. Which fields count depends on Kind.
type Message struct {
	Kind  Kind
	TTL   uint8 // of a copy: links it may travel, the one it came by included
	Hops  uint8 // links travelled before the one it came by
	Query *Query
	Hits  *Hits
	Echo  *Echo
	Only  Link // of KindHits and KindAnswered from Self: for this link alone; Self: for the reverse path
}

// Query is what all copies of a query share. It is immutable once made.
type Query struct {
	GUID   GUID
	Raw    []byte     // the encoded body, forwarded as it is
	Expr   words.Expr // parsed from the body
	Wanted int        // entries wanted from one holder, 0: no wish
	Echo   bool       // every copy wants an echo
}

// Hits is one signed batch on its way. It is immutable once made, but for Batch,
// which the performer of a Verify effect fills in.
type Hits struct {
	GUID     GUID
	Envelope []byte // the holder's signature over the batch, as it came
	Batch    *Batch // nil until verified
}

// Batch is what a holder has signed.
type Batch struct {
	GUID      GUID
	Holder    string // the signer's node id, filled in by whoever verified
	Record    []byte // the holder's signed peer record
	Expires   time.Time
	FreeSlots int
	Entries   []Entry
}

// Entry is one file that answers a query.
type Entry struct {
	Name       string // base name, UTF-8, at most 255 bytes
	SizeBytes  int64
	ID         content.ID
	Type       words.Type
	HeldGroups int // chunk groups held, of Groups
	Groups     int
	Files      int    // of a collection: how many it holds; 0 where the holder does not know
	Tags       string // what the file says of itself, one line of UTF-8, at most TagsBytesMax bytes
}

// Whole says whether the holder has all of the file.
func (e Entry) Whole() bool { return e.HeldGroups == e.Groups }

// Echo answers the copy of GUID that was sent on a link with TTL.
type Echo struct {
	GUID GUID
	TTL  uint8
	Sums Sums
}

// Sums adds up what became of a query, over one copy and all that it set off.
// Every copy sent is counted in exactly one of Reached, Duplicates,
// Reforwarded, RateLimited and Lost.
type Sums struct {
	Reached     uint32 // nodes that saw the query first by way of this copy
	Hits        uint32 // entries they sent
	Holders     uint32 // nodes among them that sent any
	Duplicates  uint32 // copies dropped because the node knew the query
	Reforwarded uint32 // copies of a known query sent on for their larger TTL
	Pruned      uint32 // links not followed because the TTL was used up
	RateLimited uint32 // copies refused for the sender's budget
	Lost        uint32 // copies never answered: shed, link gone, deadline passed
}

// Messages returns the number of copies the sums account for.
func (s Sums) Messages() uint32 {
	return s.Reached + s.Duplicates + s.Reforwarded + s.RateLimited + s.Lost
}

func (s *Sums) add(o Sums) {
	s.Reached = addCapped(s.Reached, o.Reached)
	s.Hits = addCapped(s.Hits, o.Hits)
	s.Holders = addCapped(s.Holders, o.Holders)
	s.Duplicates = addCapped(s.Duplicates, o.Duplicates)
	s.Reforwarded = addCapped(s.Reforwarded, o.Reforwarded)
	s.Pruned = addCapped(s.Pruned, o.Pruned)
	s.RateLimited = addCapped(s.RateLimited, o.RateLimited)
	s.Lost = addCapped(s.Lost, o.Lost)
}

// sumMax bounds a count that others report, far above any network and so far
// below an overflow that all counts of Sums can be added up.
const sumMax = 1 << 28

func addCapped(a, b uint32) uint32 { return min(a+min(b, sumMax), sumMax) }
