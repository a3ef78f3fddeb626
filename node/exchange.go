package node

import (
	"context"
	"path/filepath"
	"time"

	"starling/node/overlay"
	"starling/query"
	"starling/share"
	"starling/share/content"
	"starling/share/words"
	"starling/transfer"
)

// openExchange opens the transfers, with the limits that hold now.
func (n *Node) openExchange(dir string) error {
	options := n.config.Transfer
	options.StateDir, options.Dir = filepath.Join(dir, transferDir), n.config.Node.Downloads
	options.Self, options.Logger, options.Directory = transfer.Source(n.identity.ID()), n.logger, directory{n}
	options.IsLocal = func(s transfer.Source) bool { return n.overlay.IsLocal(string(s)) }
	exchange, err := transfer.New(options, n.library, n.dial, n.find)
	if err != nil {
		return err
	}
	n.exchange = exchange
	n.limiter.apply = exchange.SetLimits
	n.limiter.refresh()
	return nil
}

// directory passes sources on by the records the overlay has of them.
type directory struct{ n *Node }

func (d directory) Record(s transfer.Source) []byte { return d.n.overlay.Record(string(s)) }

func (d directory) Learn(record []byte) (transfer.Source, error) {
	id, err := d.n.overlay.AddRecord(record)
	return transfer.Source(id), err
}

func (d directory) Reach(s transfer.Source) []byte { return d.n.overlay.Keep(string(s)) }

func (d directory) Recall(s transfer.Source, reach []byte) error {
	return d.n.overlay.Recall(string(s), reach)
}

// freeSlots is how many more nodes could be served at once, for our hits.
func (n *Node) freeSlots() int { return n.exchange.FreeSlots() }

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

func (n *Node) serveTransfer(ctx context.Context, from string, s overlay.Stream) {
	n.exchange.ServeStream(ctx, transfer.Source(from), s)
}

func (n *Node) uploads() []Upload {
	out := []Upload{}
	for _, u := range n.exchange.Uploads() {
		out = append(out, Upload{N: u.Number, Node: string(u.Node), ID: u.ID.String(), Name: u.Name, State: u.State, SizeBytes: u.SizeBytes,
			QueuePosition: u.QueuePosition, QueueETAMS: u.QueueETA.Milliseconds(), GivenBytes: u.GivenBytes, SentBytes: u.SentBytes, Rate: u.Rate, ElapsedMS: time.Since(u.Started).Milliseconds()})
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
	limits := n.exchange.Limits()
	s.UpLimit, s.DownLimit = limits.Up, limits.Down
}

func (n *Node) limit(_ context.Context, r Limits) (Limits, error) { return n.limiter.change(r) }

// partialEntry describes a download under way to those who ask for its id: what of it is served now.
func (n *Node) partialEntry(id content.ID) (query.Entry, bool) {
	for _, d := range n.exchange.Downloads() {
		under := d.State == transfer.Running || d.State == transfer.Finding
		if d.ID != id || d.SizeBytes == 0 || d.HaveBytes == 0 || !under || n.config.Transfer.NoSeed {
			continue
		}
		if !n.exchange.ServesUnfinished(share.Anyone(), id) {
			continue // a query does not say who asks
		}
		layout := content.LayoutOf(d.SizeBytes)
		held := int(d.HaveBytes / layout.GroupBytes()) // rounded down: never more than we have
		entry := query.Entry{Name: wireName(d.Name), SizeBytes: d.SizeBytes, ID: id, Type: words.TypeOf(d.Name), HeldGroups: held, Groups: layout.Groups(), Files: d.Files}
		if d.Files > 0 {
			entry.Type = words.Collection
		}
		return entry, held > 0
	}
	return query.Entry{}, false
}
