package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"starling/share/content"
	"starling/transfer"
)

func (n *Node) downloads() []Download {
	out := []Download{}
	for _, s := range n.exchange.Downloads() {
		out = append(out, n.downloadOf(s))
	}
	return out
}

func (n *Node) downloadOf(s transfer.Status) Download {
	d := Download{
		Type: "download", N: s.Number, ID: s.ID.String(), Name: s.Name, Path: s.Path, State: string(s.State), Reason: s.Reason,
		Code: codeOfFailure[s.Fail], SizeBytes: s.SizeBytes, HaveBytes: s.HaveBytes, FetchedBytes: s.FetchedBytes, WastedBytes: s.WastedBytes,
		Files: s.Files, FilesHeld: s.FilesHeld, Rate: s.Rate, ETAMS: -1, ElapsedMS: n.asked.elapsed(s).Milliseconds(), Cached: s.Cached, Repairs: s.Repairs, Sources: []Source{},
	}
	if d.ElapsedMS == 0 && s.State == transfer.Done {
		d.FetchedBytes, d.WastedBytes = 0, 0 // it had ended before it was asked for again
	}
	if s.ETA > 0 {
		d.ETAMS = s.ETA.Milliseconds()
	}
	for _, source := range s.Sources {
		d.Sources = append(d.Sources, Source{Node: string(source.Node), State: string(source.State), Reason: source.Reason,
			Bytes: source.Bytes, Rate: source.Rate, QueuePosition: source.QueuePosition, QueueETAMS: source.QueueETA.Milliseconds()})
	}
	return d
}

var codeOfFailure = map[transfer.FailKind]Code{
	transfer.FailNone:         "",
	transfer.FailVerification: CodeVerification,
	transfer.FailNoSpace:      CodeNoSpace,
	transfer.FailRefused:      CodeRefused,
	transfer.FailTimeout:      CodeTimeout,
	transfer.FailNotFound:     CodeNotFound,
	transfer.FailOther:        CodeFailed,
}

// watch streams the states of a download, named by its id, until a final one.
func (n *Node) watch(ctx context.Context, id string) (<-chan Download, error) {
	parsed, err := content.ParseID(id)
	if err != nil {
		return nil, usage("%v", err)
	}
	states := n.exchange.Watch(ctx, parsed)
	if states == nil {
		return nil, notFound("there is no download of %s", id)
	}
	out := make(chan Download)
	go func() {
		defer close(out)
		for s := range states {
			select {
			case out <- n.downloadOf(s):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// change gives an order to downloads and returns how they stand after it.
func (n *Node) change(_ context.Context, r changeRequest) ([]Download, error) {
	list := n.exchange.Downloads()
	numbers, ids := make([]int, len(list)), make([]string, len(list))
	for i, d := range list {
		numbers[i], ids[i] = d.Number, d.ID.String()
	}
	order, known := map[Order]func(content.ID) error{Pause: n.exchange.Pause, Resume: n.exchange.Resume, Cancel: n.exchange.Cancel}[r.Order]
	if !known {
		return nil, usage("an order is pause, resume or cancel, not %q", r.Order)
	}
	picked, err := pickNumbers(r.Selectors, numbers, byPrefix("download", ids))
	if err != nil {
		return nil, err
	}
	changed := make(map[content.ID]bool)
	for _, i := range picked {
		if err := order(list[i].ID); err != nil {
			return nil, fmt.Errorf("%s download %d: %w", r.Order, list[i].Number, err)
		}
		changed[list[i].ID] = true
	}
	out := []Download{}
	for _, s := range n.exchange.Downloads() {
		if changed[s.ID] {
			out = append(out, n.downloadOf(s))
		}
	}
	return out, nil
}

// askedTimes remembers when each download was last asked for, so that the time it took is this run's and not that of all runs.
type askedTimes struct {
	mu   sync.Mutex // guards byID
	byID map[content.ID]time.Time
}

// askedMax bounds the memory; the times of forgotten downloads go when it is full.
const askedMax = 10_000

func (a *askedTimes) note(id content.ID, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil || len(a.byID) >= askedMax {
		a.byID = make(map[content.ID]time.Time)
	}
	a.byID[id] = now
}

func (a *askedTimes) elapsed(s transfer.Status) time.Duration {
	a.mu.Lock()
	began, asked := a.byID[s.ID]
	a.mu.Unlock()
	if !asked {
		began = s.Added
	}
	end := time.Now()
	if !s.Finished.IsZero() {
		end = s.Finished
	}
	return max(0, end.Sub(began))
}
