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

	// While sources give something, more are looked for when fewer than sourcesFew
	// are with us, or when all downloads together are slower than they could be:
	// first growFirst after the start, then a minute later, then twice as long each
	// time that nobody new is found, up to growMax. Not for what is about to be done.
	sourcesFew = 4
	growFirst  = 10 * time.Second
	growAgain  = time.Minute
	growMax    = 15 * time.Minute
	growLeft   = 20 * time.Second
	// slowerThan is the share of the limit, or of the best rate seen lately, below
	// which downloads are slow, and fullFrom that of the limit from which more
	// sources would gain nothing.
	slowerThan = 0.5
	fullFrom   = 0.8

	// A node asks for sources searchesBurst times at once and then once in
	// searchesEvery, over all downloads; half of the burst is for those that have
	// none at all. Neighbours allow five searches a second, the owner's among them.
	searchesEvery = time.Second
	searchesBurst = 8
)

// search is the run's search for sources.
type search struct {
	under bool // one is under way
	next  time.Time
	gap   time.Duration
	empty int // searches in a row that brought nothing new
	fresh int // sources that were new, of any origin

	growing bool // the one under way is for more sources
	before  int  // fresh when it began
	growAt  time.Time
	growGap time.Duration
}

// look searches when there is no source to be with, or too few.
func (r *run) look(ctx context.Context, now time.Time) {
	if r.search.under || r.x.find == nil {
		return
	}
	giving, trying := r.sources()
	if giving {
		r.grow(ctx, now)
		return
	}
	if trying > 0 && r.search.next.IsZero() {
		r.search.next = now.Add(searchFirst) // give the first sources a moment
	}
	if !now.Before(r.search.next) && r.x.searches.AllowN(now, 1) {
		r.search.growing = false
		r.searchNow(ctx)
	}
}

// grow searches for more sources while some give something.
func (r *run) grow(ctx context.Context, now time.Time) {
	if r.search.growAt.IsZero() {
		r.search.growAt = now.Add(growFirst)
	}
	if now.Before(r.search.growAt) || !r.wantsMore() || r.x.searches.TokensAt(now) <= searchesBurst/2 || !r.x.searches.AllowN(now, 1) {
		return
	}
	r.search.growing = true
	r.searchNow(ctx)
}

// wantsMore tells whether more sources would make the download faster.
func (r *run) wantsMore() bool {
	if r.picker == nil {
		return true // none has proven the size so far
	}
	s, _ := r.d.look()
	if left := s.SizeBytes - s.HaveBytes; r.rate.rate > 0 && float64(left)/r.rate.rate < growLeft.Seconds() {
		return false
	}
	live := 0
	for _, p := range r.peers {
		if p.session != nil && p.position == 0 && p.state != SourceStalled {
			live++
		}
	}
	total, best := r.x.speed()
	if limit := float64(r.x.Limits().Down); limit > 0 {
		return total < slowerThan*limit || live < sourcesFew && total < fullFrom*limit
	}
	return live < sourcesFew || total < slowerThan*best
}

func (r *run) searchNow(ctx context.Context) {
	r.search.under, r.search.before = true, r.search.fresh
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
	now := time.Now()
	if r.search.growing {
		if r.picker == nil {
			r.search.empty++ // those that are here have proven nothing
		}
		r.addSources(ctx, e.sources)
		if r.search.growGap = min(max(2*r.search.growGap, growAgain), growMax); r.search.fresh > r.search.before {
			r.search.growGap = growAgain
		}
		r.search.growAt = now.Add(r.search.growGap)
		return
	}
	r.search.gap = min(max(2*r.search.gap, searchFirst), searchMax)
	if _, trying := r.sources(); trying > 0 {
		r.search.gap = max(r.search.gap, searchIdle)
	}
	r.search.next = now.Add(r.search.gap)
	r.search.growAt = now.Add(growAgain)
	r.search.empty++
	r.addSources(ctx, e.sources) // a new one sets empty to 0
}

// judge ends a run that cannot go on.
func (r *run) judge(now time.Time) *outcome {
	open, waiting, full, cut := 0, 0, 0, 0
	for _, p := range r.peers {
		if p.trying && isFull(p.err) {
			full++
		}
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
	r.reason = r.waitsFor(open, waiting, full)
	if full > 0 {
		r.aliveAt = now // they are there, and tried again
	}
	if full+waiting > 0 {
		r.gainedAt = now // waiting for one's turn is no silence
	}
	if open > 0 {
		r.aliveAt = now
		if now.Sub(r.gainedAt) > idleFactor*r.x.o.GiveUpAfter {
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

func (r *run) waitsFor(open, waiting, full int) string {
	giving, trying := r.sources()
	switch {
	case giving:
		return ""
	case waiting > 0:
		return "waiting in the queues of its sources"
	case open > 0:
		return "no source at hand holds the missing groups"
	case full > 0:
		return "its sources have no place free and are asked again"
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
