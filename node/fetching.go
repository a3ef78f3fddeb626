package node

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"starling/node/overlay"
	"starling/query"
	"starling/share"
	"starling/share/content"
	"starling/share/words"
	"starling/transfer"
)

// openExchange opens the transfers. Limits set on the running node outlive it and overrule the configuration.
func (n *Node) openExchange(dir string) error {
	options := n.config.Transfer
	options.StateDir, options.Dir = filepath.Join(dir, transferDir), n.config.Node.Downloads
	options.Self, options.Logger = transfer.Source(n.identity.ID()), n.logger
	kept := n.choices.get()
	if kept.Up != nil {
		options.UpBytesPerSec = *kept.Up
	}
	if kept.Down != nil {
		options.DownBytesPerSec = *kept.Down
	}
	exchange, err := transfer.New(options, n.library, n.dial, n.find)
	if err != nil {
		return err
	}
	n.exchange = exchange
	return nil
}

// freeSlots is how many more nodes could be served at once, for our hits.
func (n *Node) freeSlots() int {
	slots := cmp.Or(n.config.Transfer.Slots, transfer.DefaultOptions().Slots)
	for _, u := range n.exchange.Uploads() {
		if u.QueuePosition == 0 {
			slots--
		}
	}
	return max(slots, 0)
}

// dial opens a stream to a source by what the overlay knows of it.
func (n *Node) dial(ctx context.Context, source transfer.Source) (transfer.Stream, error) {
	return n.overlay.OpenStream(ctx, string(source), transfer.ProtocolID)
}

// find asks the network for more sources of a download.
func (n *Node) find(ctx context.Context, id content.ID) []transfer.Source {
	nodes, err := n.findSources(ctx, id)
	if err != nil {
		n.logger.Debug("no sources asked for", "id", id.Short(), "err", err)
	}
	return sourcesOf(nodes)
}

func sourcesOf(nodes []string) []transfer.Source {
	out := make([]transfer.Source, len(nodes))
	for i, node := range nodes {
		out[i] = transfer.Source(node)
	}
	return out
}

func (n *Node) serveTransfer(ctx context.Context, from string, s overlay.Stream) {
	n.exchange.ServeStream(ctx, transfer.Source(from), s)
}

// get starts the downloads that the targets name, all or, when one of them names nothing, none.
func (n *Node) get(ctx context.Context, r GetRequest) ([]Download, error) {
	targets, err := parseTargets(r.Targets)
	if err != nil {
		return nil, err
	}
	if r.Dir != "" && !filepath.IsAbs(r.Dir) {
		return nil, usage("the folder %q must be absolute", r.Dir)
	}
	onExists, err := share.ParseOnExists(r.OnExists)
	if err != nil {
		return nil, usage("%v", err)
	}
	var requests []transfer.Request
	for _, t := range targets {
		request, err := n.requestFor(ctx, t)
		if err != nil {
			return nil, err
		}
		request.Dir, request.OnExists, request.Searchable = r.Dir, onExists, n.searchable()
		if r.Searchable != nil {
			request.Searchable = *r.Searchable
		}
		requests = append(requests, request)
	}
	return n.start(requests)
}

func (n *Node) start(requests []transfer.Request) ([]Download, error) {
	out := []Download{}
	for _, request := range requests {
		n.asked.note(request.ID, time.Now())
		status, err := n.exchange.Get(request)
		if err != nil {
			return nil, err
		}
		out = append(out, n.downloadOf(status))
	}
	return out, nil
}

// requestFor finds out what a target is and who may have it.
func (n *Node) requestFor(ctx context.Context, t target) (transfer.Request, error) {
	switch {
	case t.magnet != nil:
		return n.requestForMagnet(ctx, *t.magnet), nil
	case t.prefix != "":
		return n.requestForID(t.prefix)
	}
	r, err := n.book.row(t.search, t.row)
	return requestForRow(r), err
}

func requestForRow(r row) transfer.Request {
	return transfer.Request{ID: r.ID, SizeBytes: r.SizeBytes, Name: r.Name, Sources: sourcesOf(r.Sources)}
}

// requestForMagnet lets the overlay learn the addresses in the link; a node that cannot be reached that way may still be found by a search.
func (n *Node) requestForMagnet(ctx context.Context, m content.Magnet) transfer.Request {
	var nodes []string
	for _, address := range m.Nodes {
		id, err := n.overlay.Know(ctx, address)
		if err != nil {
			n.logger.Debug("address in a link not used", "err", err)
			continue
		}
		nodes = append(nodes, id)
	}
	return transfer.Request{ID: m.ID, SizeBytes: m.SizeBytes, Name: nameOr(m.Name, m.ID), Sources: sourcesOf(nodes)}
}

// requestForID prefers what searches and downloads know of the id; a whole id is enough by itself.
func (n *Node) requestForID(prefix string) (transfer.Request, error) {
	r, err := n.book.byPrefix(prefix)
	if err == nil {
		return requestForRow(r), nil
	}
	for _, d := range n.exchange.Downloads() {
		if strings.HasPrefix(d.ID.String(), prefix) {
			return transfer.Request{ID: d.ID, SizeBytes: d.SizeBytes, Name: d.Name}, nil
		}
	}
	id, parseErr := content.ParseID(prefix)
	if parseErr != nil {
		return transfer.Request{}, err
	}
	return transfer.Request{ID: id, Name: nameOr("", id)}, nil
}

// nameOr names a file of which only the id is known.
func nameOr(name string, id content.ID) string {
	if name == "" {
		return id.Short()
	}
	return name
}

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
		Rate: s.Rate, ETAMS: -1, ElapsedMS: n.asked.elapsed(s).Milliseconds(), Sources: []Source{},
	}
	if s.ETA > 0 {
		d.ETAMS = s.ETA.Milliseconds()
	}
	for _, source := range s.Sources {
		d.Sources = append(d.Sources, Source{Node: string(source.Node), State: string(source.State), Reason: source.Reason,
			Bytes: source.Bytes, Rate: source.Rate, QueuePosition: source.QueuePosition})
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

func (n *Node) uploads() []Upload {
	out := []Upload{}
	for _, u := range n.exchange.Uploads() {
		out = append(out, Upload{N: u.Number, Node: string(u.Node), ID: u.ID.String(), Name: u.Name, State: u.State, SizeBytes: u.SizeBytes,
			QueuePosition: u.QueuePosition, SentBytes: u.SentBytes, Rate: u.Rate, ElapsedMS: time.Since(u.Started).Milliseconds()})
	}
	return out
}

// addTransfers fills in what status says of downloads and uploads.
func (n *Node) addTransfers(s *Status) {
	for _, d := range n.exchange.Downloads() {
		if !d.State.Final() {
			s.Downloads++
			s.DownRate += d.Rate
		}
	}
	for _, u := range n.exchange.Uploads() {
		if u.QueuePosition == 0 {
			s.Uploads++
			s.UpRate += u.Rate
		}
	}
	limits := n.limits()
	s.UpLimit, s.DownLimit = *limits.Up, *limits.Down
}

func (n *Node) limits() Limits {
	up, down := n.exchange.Limits()
	return Limits{Up: &up, Down: &down}
}

// limit sets the limits that are given; they hold at once and after a restart.
func (n *Node) limit(_ context.Context, r Limits) (Limits, error) {
	for _, limit := range []*int64{r.Up, r.Down} {
		if limit != nil && *limit < 0 {
			return Limits{}, usage("a limit is a number of bytes per second, or 0 for none, not %d", *limit)
		}
	}
	if r.Up != nil || r.Down != nil {
		err := n.choices.change(func(kept *choicesDoc) {
			if r.Up != nil {
				kept.Up = r.Up
			}
			if r.Down != nil {
				kept.Down = r.Down
			}
		})
		if err != nil {
			return Limits{}, err
		}
	}
	up, down := n.exchange.Limits()
	if r.Up != nil {
		up = *r.Up
	}
	if r.Down != nil {
		down = *r.Down
	}
	n.exchange.SetLimits(up, down)
	return n.limits(), nil
}

// partialEntry describes a download under way to those who ask for its id.
func (n *Node) partialEntry(id content.ID) (query.Entry, bool) {
	for _, d := range n.exchange.Downloads() {
		if d.ID != id || d.SizeBytes == 0 || d.HaveBytes == 0 {
			continue
		}
		layout := content.LayoutOf(d.SizeBytes)
		held := int(d.HaveBytes / layout.GroupBytes()) // rounded down: never more than we have
		return query.Entry{Name: wireName(d.Name), SizeBytes: d.SizeBytes, ID: id, Type: words.TypeOf(d.Name), HeldGroups: held, Groups: layout.Groups()}, held > 0
	}
	return query.Entry{}, false
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
