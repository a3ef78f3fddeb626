package node

import (
	"testing"
	"time"

	"starling/query"
	"starling/share/content"
	"starling/share/tags"
)

// What the library says of a file fits into a hit.
func TestTagsFitIntoHits(t *testing.T) {
	t.Parallel()
	if tags.LineBytesMax > query.TagsBytesMax {
		t.Errorf("a line of %d bytes, and a hit takes %d", tags.LineBytesMax, query.TagsBytesMax)
	}
}

// A row has the tags of the first holder that tells any, and keeps them.
func TestRowsTakeTheFirstTags(t *testing.T) {
	t.Parallel()
	book := &searchBook{}
	s := book.begin("x", time.Unix(0, 0))
	for i, c := range []struct{ says, want string }{{"", ""}, {"Björk · Jóga", "Björk · Jóga"}, {"a lie", "Björk · Jóga"}, {"", "Björk · Jóga"}} {
		hits := book.add(s, string(rune('a'+i)), 1, 0, []found{{ID: content.ID{1}, Name: "01.mp3", Tags: c.says}})
		if len(hits) != 1 || hits[0].Tags != c.want {
			t.Errorf("holder %d: %+v, want %q", i, hits, c.want)
		}
	}
	if hits := book.add(s, "a", 1, 0, []found{{ID: content.ID{2}, Name: "02.mp3"}}); len(hits) != 1 || hits[0].Tags != "" {
		t.Errorf("%+v", hits)
	}
	if hits := book.add(s, "a", 1, 0, []found{{ID: content.ID{2}, Name: "02.mp3", Tags: "later"}}); len(hits) != 1 || hits[0].Tags != "later" {
		t.Errorf("tags alone change no row: %+v", hits)
	}
}
