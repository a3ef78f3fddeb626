package query

import (
	"fmt"
	"time"

	"starling/share/content"
	"starling/share/words"
)

// Strategy names how a search spreads.
type Strategy string

// Flood sends to every neighbour with one TTL: fastest and complete in a small mesh.
const Flood Strategy = "flood"

// ParseStrategy reads a strategy's name; empty means Flood.
func ParseStrategy(s string) (Strategy, error) {
	switch Strategy(s) {
	case "", Flood:
		return Flood, nil
	case "dynamic":
		return "", fmt.Errorf("the dynamic strategy is not there yet: use --strategy flood")
	}
	return "", fmt.Errorf("there is no strategy %q: use --strategy flood", s)
}

// DefaultTTL is how far a flood goes in a mesh of less than 500 nodes.
const DefaultTTL = 7

// Spec is what a search asks for. The zero value of a field means its default.
type Spec struct {
	Expr words.Expr
	// TTL is how many links away the search reaches. Default DefaultTTL.
	TTL uint8
	// Want ends the search once so many distinct files are known. Default: all.
	Want int
	// Wait bounds the search. Default 3 s.
	Wait time.Duration
	// NoEcho sends the query without asking for echoes; the search then lasts
	// until Wait is over or Want is reached.
	NoEcho bool
}

// Stop says why a search ended.
type Stop string

const (
	Finished  Stop = "finished"  // every copy was answered
	Enough    Stop = "enough"    // the files wanted are known
	Waited    Stop = "waited"    // the time was up
	Cancelled Stop = "cancelled" // the asker left
)

// holderShare is how many distinct files of one holder count toward Want, so
// that one holder of junk does not end a search.
const holderShare = 10

// Search is the asker's side of one query: it adds up what comes in and says
// when it is enough.
type Search struct {
	spec    Spec
	started time.Time
	ids     map[content.ID]struct{}
	holders map[string]int // counted files by holder
	entries int
	sums    Sums
	done    bool
}

// NewSearch starts the count at now.
func NewSearch(spec Spec, now time.Time) *Search {
	orDefault(&spec.Wait, 3*time.Second)
	return &Search{spec: spec, started: now, ids: make(map[content.ID]struct{}), holders: make(map[string]int)}
}

// Hits counts a delivered batch and returns the entries that really answer the
// question: a holder may say anything, so filters and exclusions are asked again.
func (s *Search) Hits(b *Batch) []Entry {
	var good []Entry
	for _, e := range b.Entries {
		if !s.spec.Expr.Allows(words.Doc{Path: e.Name, SizeBytes: e.SizeBytes, Type: e.Type, ID: e.ID, Tags: e.Tags}) {
			continue
		}
		good = append(good, e)
		if _, known := s.ids[e.ID]; !known && s.holders[b.Holder] < holderShare {
			s.ids[e.ID] = struct{}{}
			s.holders[b.Holder]++
		}
	}
	if _, known := s.holders[b.Holder]; !known && len(good) > 0 {
		s.holders[b.Holder] = 0
	}
	s.entries += len(good)
	return good
}

// Finish takes the sums of the search's last echo.
func (s *Search) Finish(sums Sums) { s.sums, s.done = sums, true }

// Stopped reports whether the search is over at now, and why.
func (s *Search) Stopped(now time.Time) (Stop, bool) {
	switch {
	case s.spec.Want > 0 && len(s.ids) >= s.spec.Want:
		return Enough, true
	case s.done:
		return Finished, true
	case now.Sub(s.started) >= s.spec.Wait:
		return Waited, true
	}
	return "", false
}

// Deadline is when the search ends at the latest.
func (s *Search) Deadline() time.Time { return s.started.Add(s.spec.Wait) }

// Receipt says what a search cost and covered. What we saw ourselves is exact;
// Reported is what others summed up and is as honest as they are.
type Receipt struct {
	GUID     GUID
	Answered int // distinct holders whose hits we hold: exact
	Files    int // distinct content ids we hold, as far as they count toward Want: exact
	Entries  int // hits we hold: exact
	Reported Sums
	Complete bool // every copy was answered, so the sums are final
	Elapsed  time.Duration
	Stopped  Stop
}

// Receipt closes the count. sums is what is known of an unfinished search.
func (s *Search) Receipt(guid GUID, sums Sums, why Stop, now time.Time) Receipt {
	if s.done {
		sums = s.sums
	}
	return Receipt{
		GUID: guid, Answered: len(s.holders), Files: len(s.ids), Entries: s.entries,
		Reported: sums, Complete: s.done, Elapsed: now.Sub(s.started), Stopped: why,
	}
}
