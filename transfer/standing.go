package transfer

import (
	"fmt"
	"path/filepath"
	"time"

	"starling/share"
	"starling/share/content"
)

const (
	// standingMaxBytes bounds the file: twice what a full one takes.
	standingMaxBytes = 4 << 20
	// standingEvery is how often it is written while something changes; what is
	// lost by a crash is a place in the queue, or a minute's favours.
	standingEvery = 2 * time.Minute
	// restartGrace is how long the places of before a restart are kept.
	restartGrace = 10 * time.Minute
)

// standing is how others stand with us: who waited or was served when we stopped,
// and the ledger. It lies in uploads.json of the state folder.
type standing struct {
	Places   []standingPlace `json:"places"`
	Accounts []account       `json:"accounts"`
}

// standingPlace has no times of the clock, which may be another one next time.
type standingPlace struct {
	Node     Source     `json:"node"`
	File     content.ID `json:"file"`
	WaitedMS int64      `json:"waited_ms"`
	UsedMS   int64      `json:"used_ms,omitempty"`
}

func standingPath(stateDir string) string { return filepath.Join(stateDir, "uploads.json") }

// openStanding reads the file. A damaged one is set aside, which the notice says.
func (x *Exchange) openStanding(now time.Time) {
	var s standing
	notice, err := share.ReadSealed(standingPath(x.o.StateDir), standingMaxBytes, &s)
	switch {
	case err != nil:
		x.note(fmt.Sprintf("who waited for an upload, and who has given us files, is not known any more: %v", err))
	case notice != "":
		x.note("the order of uploads from before could not be used: " + notice)
	}
	x.ledger.restore(s.Accounts)
	x.ledger.age(now)
	x.uploads.queue.restore(s.Places, now)
}

// keepStanding writes the file, if there is anything new.
func (x *Exchange) keepStanding(now time.Time) {
	x.ledger.age(now)
	accounts, changed := x.ledger.accounts()
	x.uploads.mu.Lock()
	places := x.uploads.queue.places(now)
	x.uploads.mu.Unlock()
	if !changed && len(places) == 0 && x.placesKept == 0 {
		return
	}
	x.placesKept = len(places)
	if err := share.WriteSealed(standingPath(x.o.StateDir), standing{places, accounts}); err != nil {
		x.log.Warn("order of uploads not written", "err", err)
	}
}

// places are those of all who serve, wait or are away, in the order they came.
func (q *Queue) places(now time.Time) (places []standingPlace) {
	all := make([]away, 0, len(q.serving)+len(q.waiting)+len(q.away))
	for _, s := range q.serving {
		all = append(all, s.away(now))
	}
	for _, s := range q.waiting {
		all = append(all, s.away(now))
	}
	for _, a := range q.away {
		if !now.After(a.until) {
			all = append(all, a)
		}
	}
	for _, a := range all {
		if a.used < q.turn {
			places = append(places, standingPlace{a.node, a.file, max(0, now.Sub(a.since).Milliseconds()), a.used.Milliseconds()})
		}
	}
	return places
}

// restore keeps the places of before a restart for those who come back.
func (q *Queue) restore(places []standingPlace, now time.Time) {
	const longest = int64(24 * time.Hour / time.Millisecond)
	for _, p := range places {
		if p.Node == "" || len(p.Node) > sourceMaxBytes || p.WaitedMS < 0 || p.WaitedMS > longest || p.UsedMS < 0 || p.UsedMS > longest {
			continue
		}
		q.keep(away{
			node: p.Node, file: p.File, since: now.Add(-time.Duration(p.WaitedMS) * time.Millisecond),
			used: time.Duration(p.UsedMS) * time.Millisecond, until: now.Add(restartGrace),
		})
	}
}
