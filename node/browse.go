package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"starling/node/overlay"
	"starling/node/pb"
	"starling/query"
	"starling/share"
	"starling/share/content"
	"starling/share/wire"
	"starling/share/words"
)

// browseProtocol is one question and one answer a stream: a page of a shared folder.
const browseProtocol = "/starling/browse/1.0.0"

// Limits of the browse protocol.
const (
	browseRequestMax  = 8 << 10 // a path and a name
	browsePathMax     = 4 << 10
	browseReplyMax    = 256 << 10 // a full page of the longest names and tags
	browsePageEntries = 500
	browseElementsMax = 8 * browsePageEntries
	browseWait        = 15 * time.Second
	browsePerSec      = 5 // pages for one node; a person looks at fewer, a crawler gets no more
	browseBurst       = 20
	browsersMax       = 1024 // nodes whose rate is kept apart
)

// A browseLimit grants each node its rate of pages.
type browseLimit struct {
	mu     sync.Mutex // guards byNode
	byNode map[string]*rate.Limiter
}

// allow also forgets everyone when there are too many to keep apart: a moment of generosity is cheaper than memory without end.
func (l *browseLimit) allow(node string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byNode == nil || len(l.byNode) >= browsersMax {
		l.byNode = make(map[string]*rate.Limiter)
	}
	limiter := l.byNode[node]
	if limiter == nil {
		limiter = rate.NewLimiter(browsePerSec, browseBurst)
		l.byNode[node] = limiter
	}
	return limiter.AllowN(now, 1)
}

// serveBrowse answers one stream of another node.
func (n *Node) serveBrowse(_ context.Context, from string, s overlay.Stream) {
	deadline := time.Now().Add(browseWait)
	s.SetReadDeadline(deadline)
	s.SetWriteDeadline(deadline)
	request, err := readBrowseRequest(bufio.NewReader(s))
	if err != nil {
		n.logger.Debug("browse request refused", "node", from, "err", err)
		s.Reset()
		return
	}
	reply := &pb.Reply{Refusal: pb.Reply_BUSY}
	if n.browsers.allow(from, time.Now()) {
		reply = n.browseReply(share.Node(from), request)
	}
	if err := wire.WriteFrame(s, reply); err != nil {
		s.Reset()
		return
	}
	s.Close()
}

func readBrowseRequest(r *bufio.Reader) (*pb.Request, error) {
	frame, err := wire.ReadFrame(r, nil, browseRequestMax)
	if err != nil {
		return nil, err
	}
	request := new(pb.Request)
	if err := wire.Unmarshal(frame, request, 16); err != nil {
		return nil, err
	}
	if len(request.Path) > browsePathMax || len(request.After) > browsePathMax {
		return nil, errors.New("path too long")
	}
	return request, nil
}

// browseReply looks the page up, as far as it is for the viewer, and keeps it within what one frame may hold.
func (n *Node) browseReply(to share.Viewer, request *pb.Request) *pb.Reply {
	entries, err := n.library.For(to).Browse(request.Path, request.After, browsePageEntries+1)
	if err != nil {
		return &pb.Reply{Refusal: pb.Reply_NOT_FOUND}
	}
	reply := new(pb.Reply)
	size := 0
	for _, e := range entries {
		size += len(e.Name) + len(e.File.Tags) + 68
		if len(reply.Entries) == browsePageEntries || size > browseReplyMax-1024 {
			reply.More = true
			break
		}
		reply.Entries = append(reply.Entries, browseEntryOnWire(e))
	}
	return reply
}

func browseEntryOnWire(e share.Entry) *pb.Entry {
	if e.IsDir {
		folder := &pb.Entry{Name: e.Name, Dir: true, Files: uint32(min(max(e.Files, 0), 1<<31))}
		if !e.File.ID.IsZero() {
			folder.SizeBytes, folder.Id, folder.Type = uint64(e.File.SizeBytes), e.File.ID[:], uint32(e.File.Type)
		}
		return folder
	}
	return &pb.Entry{Name: e.Name, SizeBytes: uint64(e.File.SizeBytes), Id: e.File.ID[:], Type: uint32(e.File.Type), Tags: e.File.Tags}
}

// browse returns one page of what a node shares; "self" is this one.
func (n *Node) browse(ctx context.Context, who, path, after string) (BrowsePage, error) {
	path = strings.Trim(path, "/")
	if who == "self" {
		return browsePage(n.browseReply(share.Owner(), &pb.Request{Path: path, After: after}), path)
	}
	id, err := n.nodeNamed(ctx, who)
	if err != nil {
		return BrowsePage{}, err
	}
	if id == n.overlay.ID() {
		return browsePage(n.browseReply(share.Owner(), &pb.Request{Path: path, After: after}), path)
	}
	ctx, cancel := context.WithTimeout(ctx, browseWait)
	defer cancel()
	reply, err := n.askBrowse(ctx, id, &pb.Request{Path: path, After: after})
	if err != nil {
		return BrowsePage{}, err
	}
	page, err := browsePage(reply, path)
	n.listed.note(id, page.Entries)
	return page, err
}

func (n *Node) askBrowse(ctx context.Context, id string, request *pb.Request) (*pb.Reply, error) {
	s, err := n.overlay.OpenStream(ctx, id, browseProtocol)
	if errors.Is(err, overlay.ErrUnknownNode) {
		return nil, notFound("no address of the node %s is known: 'starling connect' makes it one", id)
	}
	if err != nil {
		return nil, fmt.Errorf("browse %s: %w", id, err)
	}
	defer s.Close()
	deadline, _ := ctx.Deadline()
	s.SetReadDeadline(deadline)
	s.SetWriteDeadline(deadline)
	reply, err := exchangeBrowse(s, request)
	if err != nil {
		s.Reset()
		return nil, fmt.Errorf("browse %s: %w", id, err)
	}
	return reply, nil
}

func exchangeBrowse(s overlay.Stream, request *pb.Request) (*pb.Reply, error) {
	if err := wire.WriteFrame(s, request); err != nil {
		return nil, err
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	return readBrowseReply(bufio.NewReader(s))
}

func readBrowseReply(r *bufio.Reader) (*pb.Reply, error) {
	frame, err := wire.ReadFrame(r, nil, browseReplyMax)
	if err != nil {
		return nil, err
	}
	reply := new(pb.Reply)
	return reply, wire.Unmarshal(frame, reply, browseElementsMax)
}

// browsePage judges and translates a reply. A stranger's entry that makes no sense is left out.
func browsePage(reply *pb.Reply, path string) (BrowsePage, error) {
	switch reply.Refusal {
	case pb.Reply_NONE:
	case pb.Reply_NOT_FOUND:
		return BrowsePage{}, notFound("no folder %q is shared there", path)
	case pb.Reply_BUSY:
		return BrowsePage{}, &Problem{Code: CodeRefused, Message: "that node was asked too often; try again in a few seconds"}
	default:
		return BrowsePage{}, &Problem{Code: CodeRefused, Message: "that node refuses to be browsed"}
	}
	page := BrowsePage{More: reply.More, Entries: []BrowseEntry{}}
	for _, e := range reply.Entries {
		page.After = e.Name
		if entry, ok := browseEntry(e); ok {
			page.Entries = append(page.Entries, entry)
		}
	}
	return page, nil
}

func browseEntry(e *pb.Entry) (BrowseEntry, bool) {
	if e.Dir && len(e.Id) == 0 {
		return BrowseEntry{Name: e.Name, Dir: true, Files: int(e.Files)}, e.Name != ""
	}
	var id content.ID
	if copy(id[:], e.Id) != len(id) || len(e.Id) != len(id) || e.SizeBytes > uint64(content.MaxSizeBytes) || e.Name == "" {
		return BrowseEntry{}, false
	}
	kind := words.Type(min(e.Type, uint32(words.Collection)))
	if !e.Dir {
		e.Files = 0
	}
	if len(e.Tags) > query.TagsBytesMax {
		e.Tags = ""
	}
	return BrowseEntry{Name: e.Name, Dir: e.Dir, Files: int(e.Files), SizeBytes: int64(e.SizeBytes), ID: id.String(), Kind: kind.String(), Tags: e.Tags}, true
}
