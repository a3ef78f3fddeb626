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
		{node.Audience{Kind: "nodes", Nodes: []string{"12D3KooWAAAALnLrUEQ4Ur"}}, "Share this folder with 1 node: …LnLrUEQ4Ur?", "1 node"},
		{node.Audience{Kind: "nodes", Nodes: []string{"12D3KooWAAAALnLrUEQ4Ur", "12D3KooWAAAAGKZnAFVZd6"}}, "Share this folder with 2 nodes: …LnLrUEQ4Ur, …GKZnAFVZd6?", "2 nodes"},
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

// TestAudienceWords: what is said of a folder before and after is true of those it is for.
func TestAudienceWords(t *testing.T) {
	nodes := node.Audience{Kind: "nodes", Nodes: []string{"a", "b"}}
	for _, c := range []struct {
		with       node.Audience
		seen, had  string
		sameAsTwo  bool
		everyoneIs bool
	}{
		{node.Audience{}, `others will see them in "docs"`, " can be found", false, true},
		{nodes, `2 nodes will see them in "docs"`, " can be found by 2 nodes", true, false},
		{node.Audience{Kind: "id"}, "nobody will find or list them; whoever knows a content id gets the file", "; 'starling link FILE' makes links", false, false},
	} {
		if seen, had := seenBy(c.with, "docs"), nowHad(c.with); seen != c.seen || had != c.had {
			t.Errorf("%v: %q, %q", c.with, seen, had)
		}
		two := node.Audience{Kind: "nodes", Nodes: []string{"b", "a"}}
		if sameAudience(c.with, two) != c.sameAsTwo || sameAudience(node.Audience{Kind: "everyone"}, c.with) != c.everyoneIs {
			t.Errorf("%v is taken for others", c.with)
		}
	}
}
