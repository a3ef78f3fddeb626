package node

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"starling/share"
	"starling/share/content"
	"starling/transfer"
)

func sourcesOf(nodes []string) []transfer.Source {
	out := make([]transfer.Source, len(nodes))
	for i, node := range nodes {
		out[i] = transfer.Source(node)
	}
	return out
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
		status, there := n.fetchedAlready(request)
		if !there {
			var err error
			if status, err = n.exchange.Get(request); err != nil {
				return nil, err
			}
		}
		out = append(out, n.downloadOf(status))
	}
	return out, nil
}

// fetchedAlready finds the finished download whose file lies, unchanged, where the request would put it. Asking for it again is then done
// at once: nobody who repeats a line wants a second copy beside the first.
func (n *Node) fetchedAlready(r transfer.Request) (transfer.Status, bool) {
	folder := cmp.Or(r.Dir, n.config.Node.Downloads)
	for _, d := range n.exchange.Downloads() {
		if d.ID != r.ID || d.State != transfer.Done || filepath.Dir(d.Path) != filepath.Clean(folder) || r.OnExists == share.ExistsOverwrite {
			continue
		}
		info, err := os.Lstat(d.Path)
		if err != nil || !(info.Mode().IsRegular() && info.Size() == d.SizeBytes || info.IsDir() && d.Files > 0) {
			return d, false
		}
		_, served := n.library.ByID(d.ID) // looks whether the file is still as it was
		unseeded := n.config.Transfer.NoSeed && d.Reason == "" && !info.ModTime().After(d.Finished)
		return d, served || unseeded
	}
	return transfer.Status{}, false
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
	if seen, ok := n.listed.byPrefix(prefix); ok && (err != nil || r.ID == seen.ID) {
		if err == nil {
			seen = *merge(&r, &seen)
		}
		return requestForRow(seen), nil
	}
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
