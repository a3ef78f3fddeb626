package main

import (
	"testing"

	"starling/node"
)

// TestShareQuestion: whoever says yes has read with whom.
func TestShareQuestion(t *testing.T) {
	for _, c := range []struct {
		with           node.Audience
		question, note string
	}{
		{node.Audience{}, "Share this folder with everyone in the network?", "everyone"},
		{node.Audience{Kind: "everyone"}, "Share this folder with everyone in the network?", "everyone"},
		{node.Audience{Kind: "nodes", Nodes: []string{"12D3a"}}, "Share this folder with 1 node: 12D3a?", "1 node"},
		{node.Audience{Kind: "nodes", Nodes: []string{"12D3a", "12D3b"}}, "Share this folder with 2 nodes: 12D3a, 12D3b?", "2 nodes"},
		{node.Audience{Kind: "id"}, "Share this folder with everyone who knows the content id of a file in it?", "by id only"},
	} {
		if got := shareQuestion(c.with); got != c.question {
			t.Errorf("%v: %q, want %q", c.with, got, c.question)
		}
		if got := audienceNote(c.with); got != c.note {
			t.Errorf("%v: %q, want %q", c.with, got, c.note)
		}
	}
	if got := audienceNote(node.Audience{Kind: "nobody"}); got != "nobody" {
		t.Errorf("a damaged choice is listed as %q", got)
	}
}
