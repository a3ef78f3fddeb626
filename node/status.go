package node

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"starling/config"
	"starling/node/overlay"
	"starling/share"
)

func (n *Node) status() Status {
	stats, shared, sharedBytes := n.library.Stats(), 0, int64(0)
	for _, r := range n.library.Roots() {
		shared, sharedBytes = shared+r.Files, sharedBytes+r.SizeBytes
	}
	e := n.server.endpoint()
	s := Status{
		ID: n.overlay.ID(), Addresses: n.overlay.Addresses(), Neighbours: len(n.overlay.Neighbours()),
		SharedFiles: shared, SharedBytes: sharedBytes, SeededFiles: n.seeded(stats.Files - shared), API: e.url(), HTTP: e.http(), Version: BuildInfo().Version, PID: e.PID,
		StateDir: n.config.Node.StateDir, DownloadDir: n.config.Node.Downloads, UptimeMS: time.Since(n.started).Milliseconds(),
		HashingFiles: stats.Hashing, HashingBytes: stats.Progress.BytesLeft, HashingRate: stats.Progress.BytesPerSec, HashingETAMS: etaOf(stats.Progress),
		HashingDoneFiles: stats.Progress.FilesDone, HashingDoneBytes: stats.Progress.BytesDone, RestingFiles: stats.Progress.Resting,
		DamagedFiles: n.library.DamagedFiles(), Searchable: n.searchableWord(), Notices: slices.Concat(n.notices, n.library.Notices(), n.exchange.Notices(), n.shareNotices(), n.damageNotices()), Reach: n.reach(),
	}
	n.addTransfers(&s)
	return s
}

func etaOf(p share.Progress) int64 {
	if p.Left < 0 {
		return -1
	}
	return p.Left.Milliseconds()
}

// seeded is how many of the fetched files are served to others.
func (n *Node) seeded(fetched int) int {
	if n.config.Transfer.NoSeed {
		return 0
	}
	return fetched
}

func (n *Node) reach() Reach {
	r := n.overlay.Reach()
	return Reach{Interfaces: r.Interfaces, Port: r.Port, LAN: r.LAN, Multicast: r.Multicast, Tried: r.Tried, Invite: r.Invite}
}

func (n *Node) neighbours() []Neighbour {
	out := []Neighbour{}
	now := time.Now()
	for i, l := range n.overlay.Neighbours() {
		role := "ultrapeer"
		if l.Leaf {
			role = "leaf"
		}
		out = append(out, Neighbour{N: i + 1, ID: l.ID, Address: l.Address, Role: role, Agent: l.Agent, Neighbours: l.Neighbours,
			Inbound: l.Inbound, RoundTripMS: l.RoundTrip.Milliseconds(), AgeMS: now.Sub(l.Since).Milliseconds()})
	}
	return out
}

func (n *Node) connect(ctx context.Context, request connectRequest) (Neighbour, error) {
	linked, err := n.overlay.Connect(ctx, request.Address)
	if errors.Is(err, overlay.ErrRefused) {
		return Neighbour{}, &Problem{Code: CodeRefused, Message: err.Error()}
	}
	if err != nil {
		return Neighbour{}, err
	}
	for _, neighbour := range n.neighbours() {
		if neighbour.ID == linked.ID {
			return neighbour, nil
		}
	}
	return Neighbour{ID: linked.ID, Address: linked.Address, Agent: linked.Agent}, nil
}

// nodeNamed finds the id of the node a person means: a number of the neighbours list, an id, the beginning or end of one that is known, or
// an address, which is connected to.
func (n *Node) nodeNamed(ctx context.Context, word string) (string, error) {
	if strings.HasPrefix(word, "/") || strings.Contains(word, ":") {
		linked, err := n.overlay.Connect(ctx, word)
		return linked.ID, err
	}
	if id, whole := overlay.NodeIDIn(word); whole {
		return id, nil
	}
	neighbours := n.overlay.Neighbours()
	if number, err := strconv.Atoi(word); err == nil {
		if number < 1 || number > len(neighbours) {
			return "", notFound("there is no neighbour %d: there are %d", number, len(neighbours))
		}
		return neighbours[number-1].ID, nil
	}
	known := n.book.holders()
	for _, l := range neighbours {
		known = append(known, l.ID)
	}
	return nodeAmong(known, word)
}

// nodePieceMin is the shortest piece of a node id that names one.
const nodePieceMin = 6

func nodeAmong(known []string, word string) (string, error) {
	found := ""
	for _, id := range known {
		fits := id == word || len(word) >= nodePieceMin && (strings.HasPrefix(id, word) || strings.HasSuffix(id, word))
		if fits && found != "" && found != id {
			return "", usage("%q fits more than one node: give more of its id", word)
		}
		if fits {
			found = id
		}
	}
	if found == "" {
		return "", notFound("no known node is called %q: use a number of 'starling neighbours', a node id or an address", word)
	}
	return found, nil
}

// searchable is what holds for fetched files: the word of this run, else what the owner told the node, else the configuration.
func (n *Node) searchable() bool {
	word := n.searchableWord()
	return word != nil && *word
}

// searchableWord is nil as long as the owner has said nothing anywhere.
func (n *Node) searchableWord() *bool {
	if n.options.Searchable != nil {
		return n.options.Searchable
	}
	if told := n.choices.get().Searchable; told != nil {
		return told
	}
	if origin, _ := n.config.Origin("seed_searchable"); origin.Kind != config.FromDefault || n.config.Node.SeedSearchable {
		return &n.config.Node.SeedSearchable
	}
	return nil
}

// setSearchable keeps the owner's word, which is about what was fetched before, too.
func (n *Node) setSearchable(_ context.Context, request searchableRequest) (searchableRequest, error) {
	if err := n.choices.change(func(kept *choicesDoc) { kept.Searchable = &request.Searchable }); err != nil {
		return request, err
	}
	return request, n.library.SetFetchedSearchable(request.Searchable)
}
