package transfer

import (
	"context"
	"time"
)

const (
	// A search for sources follows the one before after searchFirst, then twice
	// as long each time, up to searchMax.
	searchFirst = 2 * time.Second
	searchMax   = time.Minute
	// searchIdle is how often more sources are looked for while those at hand
	// give nothing.
	searchIdle = 30 * time.Second
	// searchesEmpty is how many searches in a row must bring nothing new before a
	// download without any live source is given up.
	searchesEmpty = 3
	// idleFactor times GiveUpAfter is how long sources may be with us without a
	// group coming, queues aside.
	idleFactor = 5
)

// search is the run's search for sources.
type search struct {
	under bool // one is under way
	next  time.Time
	gap   time.Duration
	empty int // searches in a row that brought nothing new
}

// look searches when there is no source to be with.
func (r *run) look(ctx context.Context, now time.Time) {
	giving, trying := r.sources()
	if r.search.under || r.x.find == nil || giving {
		return
	}
	if trying > 0 && r.search.next.IsZero() {
		r.search.next = now.Add(searchFirst) // give the first sources a moment
	}
	if now.Before(r.search.next) {
		return
	}
	r.search.under = true
	r.finds.Go(func() {
		sources := r.x.find(ctx, r.d.id)
		select {
		case r.events <- found{sources}:
		case <-ctx.Done():
		}
	})
}

// sources tells whether any source gives something, or will, and how many are
// being tried.
func (r *run) sources() (giving bool, trying int) {
	for _, p := range r.peers {
		if p.trying {
			trying++
		}
		if p.session != nil && (p.state == SourceSending || r.picker == nil && p.state == SourceIdle) {
			giving = true
		}
	}
	return giving, trying
}

func (r *run) found(ctx context.Context, e found) {
	r.search.under = false
	r.search.gap = min(max(2*r.search.gap, searchFirst), searchMax)
	if _, trying := r.sources(); trying > 0 {
		r.search.gap = max(r.search.gap, searchIdle)
	}
	r.search.next = time.Now().Add(r.search.gap)
	r.search.empty++
	r.addSources(ctx, e.sources) // a new one sets empty to 0
}

// judge ends a run that cannot go on.
func (r *run) judge(now time.Time) *outcome {
	open, waiting, cut := 0, 0, 0
	for _, p := range r.peers {
		if p.session != nil {
			open++
		}
		if p.position > 0 {
			waiting++
		}
		if p.state == SourceCutOff {
			cut++
		}
	}
	r.reason = r.waitsFor(open, waiting)
	if open > 0 {
		r.aliveAt = now
		if waiting == 0 && now.Sub(r.gainedAt) > idleFactor*r.x.o.GiveUpAfter {
			return failed(FailTimeout, "no group came for %v", idleFactor*r.x.o.GiveUpAfter)
		}
		return nil
	}
	_, trying := r.sources()
	patient := now.Sub(r.aliveAt) < r.x.o.GiveUpAfter
	switch {
	case patient && (trying > 0 || r.search.under):
		return nil
	case patient && r.x.find != nil && r.search.empty < r.searchesNeeded(cut):
		return nil
	}
	return r.hopeless()
}

// searchesNeeded: when every source lied, one more look around is enough.
func (r *run) searchesNeeded(cut int) int {
	if cut > 0 && cut == len(r.peers) {
		return 1
	}
	return searchesEmpty
}

func (r *run) waitsFor(open, waiting int) string {
	giving, trying := r.sources()
	switch {
	case giving:
		return ""
	case waiting > 0:
		return "waiting in the queues of its sources"
	case open > 0:
		return "no source at hand holds the missing groups"
	case trying > 0:
		return "trying to reach its sources"
	}
	return "looking for sources"
}

// hopeless gives the verdict, by what the sources did.
func (r *run) hopeless() *outcome {
	kinds := make(map[FailKind]*peer)
	for _, p := range r.peers {
		if p.err != nil {
			kinds[failKindOf(p.err)] = p
		}
	}
	switch bad, refused, silent := kinds[FailVerification], kinds[FailRefused], kinds[FailTimeout]; {
	case len(r.peers) == 0:
		return failed(FailNotFound, "nobody was found who holds it")
	case silent != nil:
		return failed(FailTimeout, "its sources do not answer; the last word of %s: %s", silent.source, plainly(silent.err))
	case refused != nil:
		return failed(FailRefused, "%s: %s", refused.source, plainly(refused.err))
	case bad != nil:
		return failed(FailVerification, "no source is left that can be trusted; %s: %s", bad.source, plainly(bad.err))
	}
	return failed(FailNotFound, "nobody holds it any more")
}

// sourcesEvery is how often sources are told of each other, when there are more.
const sourcesEvery = 5 * time.Second

// tellSources passes on who else holds the file: alt-locations.
func (r *run) tellSources(now time.Time) {
	if now.Sub(r.toldAt) < sourcesEvery {
		return
	}
	version := r.x.swarms.version(r.d.id)
	if version == r.toldOf && now.Sub(r.toldAt) < swarmRefresh {
		return
	}
	r.toldAt, r.toldOf = now, version
	for _, p := range r.peers {
		if known := r.x.swarms.others(r.d.id, p.source); p.session != nil && len(known) > 0 {
			p.session.tell(known)
		}
	}
}
