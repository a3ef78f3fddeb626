package node

import (
	"cmp"
	"context"
	"path/filepath"
	"time"

	"starling/node/overlay"
	"starling/query"
	"starling/share/content"
	"starling/share/words"
	"starling/transfer"
)

// openExchange opens the transfers. Limits set on the running node outlive it and overrule the configuration.
func (n *Node) openExchange(dir string) error {
	options := n.config.Transfer
	options.StateDir, options.Dir = filepath.Join(dir, transferDir), n.config.Node.Downloads
	options.Self, options.Logger, options.Directory = transfer.Source(n.identity.ID()), n.logger, directory{n}
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

func (n *Node) serveTransfer(ctx context.Context, from string, s overlay.Stream) {
	n.exchange.ServeStream(ctx, transfer.Source(from), s)
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
	l := n.exchange.Limits()
	return Limits{Up: &l.Up, Down: &l.Down}
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
	l := n.exchange.Limits()
	if r.Up != nil {
		l.Up = *r.Up
	}
	if r.Down != nil {
		l.Down = *r.Down
	}
	n.exchange.SetLimits(l)
	return n.limits(), nil
}

// partialEntry describes a download under way to those who ask for its id: what of it is served now.
func (n *Node) partialEntry(id content.ID) (query.Entry, bool) {
	for _, d := range n.exchange.Downloads() {
		under := d.State == transfer.Running || d.State == transfer.Finding
		if d.ID != id || d.SizeBytes == 0 || d.HaveBytes == 0 || !under || n.config.Transfer.NoSeed {
			continue
		}
		layout := content.LayoutOf(d.SizeBytes)
		held := int(d.HaveBytes / layout.GroupBytes()) // rounded down: never more than we have
		return query.Entry{Name: wireName(d.Name), SizeBytes: d.SizeBytes, ID: id, Type: words.TypeOf(d.Name), HeldGroups: held, Groups: layout.Groups()}, held > 0
	}
	return query.Entry{}, false
}
