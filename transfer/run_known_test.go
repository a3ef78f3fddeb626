package transfer

import (
	"fmt"
	"testing"
	"time"
)

// TestKnownSourcesMakeRoom: names that come later find room among too many; who has
// given something, is with us, has lied or was named by the owner stays.
func TestKnownSourcesMakeRoom(t *testing.T) {
	r := &run{}
	keep := map[Source]*peer{
		"owner's": {state: SourceSpare},
		"gave":    {state: SourceSpare, before: 1},
		"sends":   {state: SourceSending, startedAt: time.Now()},
		"lied":    {state: SourceCutOff},
	}
	for s, p := range keep {
		p.source = s
		r.peers = append(r.peers, p)
	}
	add := func(i int) Source {
		s := Source(fmt.Sprint(i))
		if !r.roomForOne([]Source{"owner's"}) {
			t.Fatalf("no room for %d", i)
		}
		r.peers = append(r.peers, &peer{source: s, state: SourceSpare})
		return s
	}
	for i := range 20 * sourcesKnownMax {
		last := add(i)
		if len(r.peers) > sourcesKnownMax || r.peer(last) == nil {
			t.Fatalf("%d are known, %v", len(r.peers), last)
		}
	}
	for s := range keep {
		if r.peer(s) == nil {
			t.Errorf("%s is forgotten", s)
		}
	}
	if r.peer("0") != nil && r.peer("1") != nil && r.peer("2") != nil {
		t.Error("those named first stay for good")
	}
	tried := r.peers[len(keep)]
	tried.startedAt = time.Now()
	if add(-1); r.peer(tried.source) != nil {
		t.Error("one that was tried in vain is kept, another makes room")
	}
	for _, p := range r.peers {
		p.state = SourceIdle
	}
	if r.roomForOne(nil) {
		t.Error("one that is with us makes room")
	}
}
