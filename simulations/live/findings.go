package live

import (
	"fmt"
	"time"
)

// findings says in sentences what the run showed.
func (w *lan) findings() []string {
	out := []string{"Mesh, files and questions follow from the seed; times do not: this scenario runs in real time on this machine."}
	if w.links > 0 {
		out = append(out, fmt.Sprintf("%d nodes with %d links stood after %v.", w.Nodes, w.links, w.started.Round(10*time.Millisecond)))
	}
	if len(w.searches) > 0 {
		out = append(out, w.coverage(), w.speed())
	}
	if w.fetch != nil {
		out = append(out, w.fetchFinding())
	}
	return out
}

// coverage compares the receipts with what is known to be true.
func (w *lan) coverage() string {
	whole, found, messages, duplicates := 0, 0, 0, 0
	for _, s := range w.searches {
		if s.receipt.Complete && s.receipt.Asked == w.Nodes-1 {
			whole++
		}
		if s.receipt.Answered == s.holders {
			found++
		}
		messages += s.receipt.Messages
		duplicates += s.receipt.Messages - s.receipt.Asked
	}
	n := len(w.searches)
	return fmt.Sprintf("%d of %d searches asked all %d other nodes and know it; %d of %d heard from every node that holds an answer; a search took %d messages, %d of them to a node that had it.",
		whole, n, w.Nodes-1, found, n, messages/n, duplicates/n)
}

func (w *lan) speed() string {
	first, finished := percentile(w.firstHits(), 50), percentile(w.finishes(), 50)
	if first == nil {
		return fmt.Sprintf("Half of the searches were finished after %.1f ms; none had a hit.", finished)
	}
	return fmt.Sprintf("Half of the searches had their first hit after %.1f ms and were finished after %.1f ms.", first, finished)
}

func (w *lan) fetchFinding() string {
	f := w.fetch
	verdict := "hashing it once more gives the id that was asked for"
	if !f.verified() {
		verdict = fmt.Sprintf("hashing it once more gives %s although %s was asked for", f.id, f.wanted)
	}
	return fmt.Sprintf("A file of %d bytes came from %d of its %d holders, each limited to %d bytes/s here, in %.2f s; %s.",
		f.download.SizeBytes, f.givers(), w.Holders, w.upRate(), f.took.Seconds(), verdict)
}
