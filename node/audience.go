package node

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"starling/node/overlay"
	"starling/share"
)

// NamedNode is one line of GET /v1/nodes: a node that a word means.
type NamedNode struct {
	ID string `json:"id"`
}

// Audience says with whom a folder is shared, in the words of the API: "everyone", "nodes" or "id", and which nodes. The nodes may be
// numbers of the neighbours list, pieces of known ids or addresses; the node makes whole ids of them.
type Audience struct {
	Kind  string   `json:"audience,omitempty"`
	Nodes []string `json:"nodes,omitempty"`
}

type audienceRequest struct {
	Root string `json:"root"` // name or path
	Audience
}

// sharedWith is an audience as answers have it.
func sharedWith(a share.Audience) Audience { return Audience{Kind: string(a.Kind), Nodes: a.Nodes} }

// audienceOf reads what a request asks for; nil: it says nothing about it.
func (n *Node) audienceOf(asked Audience) (*share.Audience, error) {
	if asked.Kind == "" && len(asked.Nodes) == 0 {
		return nil, nil //nolint:nilnil // no wish is none
	}
	kind := share.AudienceKind(asked.Kind)
	switch {
	case kind == share.Named || kind == "" && len(asked.Nodes) > 0:
		ids, err := n.nodesNamed(asked.Nodes)
		return &share.Audience{Kind: share.Named, Nodes: ids}, err
	case kind != share.Everyone && kind != share.ByID:
		return nil, usage("there is no audience %q: use everyone, nodes (and name them) or id", asked.Kind)
	case len(asked.Nodes) > 0:
		return nil, usage("nodes are named, and the audience is %q: leave one of the two out", asked.Kind)
	}
	return &share.Audience{Kind: kind}, nil
}

// audienceNodesMax is how many nodes a folder can be shared with by name.
const audienceNodesMax = 256

// nodesNamed makes whole node ids of words, each once. Nobody is connected to for it.
func (n *Node) nodesNamed(words []string) ([]string, error) {
	neighbours := n.overlay.Neighbours()
	known := n.book.holders()
	for _, l := range neighbours {
		known = append(known, l.ID)
	}
	var ids []string
	for _, word := range words {
		id, err := nodeMeant(strings.TrimSpace(word), neighbours, known)
		switch {
		case err != nil:
			return nil, err
		case id == n.overlay.ID():
			return nil, usage("%q is this node itself, which has its files anyhow: name other nodes", word)
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || len(ids) > audienceNodesMax {
		return nil, usage("%d nodes are named: a folder is shared with 1 to %d nodes, or with everyone", len(ids), audienceNodesMax)
	}
	return ids, nil
}

// nodeMeant finds one node by a number of the neighbours list, a whole id, an address that ends in one, or a piece of a known one.
func nodeMeant(word string, neighbours []overlay.Neighbour, known []string) (string, error) {
	if id, whole := overlay.NodeIDIn(word); whole {
		return id, nil
	}
	if number, err := strconv.Atoi(word); err == nil {
		if number < 1 || number > len(neighbours) {
			return "", usage("there is no neighbour %d: there are %d, see 'starling neighbours'", number, len(neighbours))
		}
		return neighbours[number-1].ID, nil
	}
	id, err := nodeAmong(known, word)
	var p *Problem
	if errors.As(err, &p) && p.Code == CodeNotFound {
		return "", usage("no known node is called %q: use a number of 'starling neighbours', or the whole node id, which 'starling status' prints there", word)
	}
	return id, err
}

func (n *Node) namedNodes(words []string) ([]NamedNode, error) {
	ids, err := n.nodesNamed(words)
	out := []NamedNode{}
	for _, id := range ids {
		out = append(out, NamedNode{ID: id})
	}
	return out, err
}

// setAudience changes with whom a folder is shared.
func (n *Node) setAudience(request audienceRequest) (Share, error) {
	to, err := n.audienceOf(request.Audience)
	if err != nil {
		return Share{}, err
	}
	if to == nil {
		return Share{}, usage("say with whom: everyone, nodes (and name them) or id")
	}
	changed, err := n.library.SetAudience(request.Root, *to)
	if err != nil {
		return Share{}, shareProblem(err, request.Root)
	}
	return n.numbered(changed), nil
}

// shareProblem gives the library's refusals a code and what to try.
func shareProblem(err error, root string) error {
	switch {
	case errors.Is(err, share.ErrOtherAudience):
		return usage("%v; 'starling share set %s' with --everyone, --to or --hidden changes who may have it", err, QuoteArg(root))
	case errors.Is(err, share.ErrAudience), errors.Is(err, share.ErrPattern):
		return usage("%v", err)
	case errors.Is(err, share.ErrNotShared):
		return notFound("%v; 'starling share ls' lists what is", err)
	}
	return err
}
