package words

import "testing"

func TestTagsCountLikeFolders(t *testing.T) {
	d := Doc{Path: "Music/03 track.mp3", Tags: "Miles Davis · So What · Kind of Blue · 1959", Type: Audio, SizeBytes: 1}
	for query, want := range map[string]bool{
		"miles": true, "MILES davis track": true, "mil blu": true, `"so what"`: true, `"kind of blue"`: true, "so-what": true,
		"miles -live": true, "track -blue": false, `track -"so what"`: false, `track -"what so"`: true, "1959 music": true,
		`"mp3 miles"`: false, "mp3-miles": false, `track -"mp3 miles"`: true, // not from the one into the other
		`"davis so"`: true, "coltrane": false, "ext:mp3": true, "ext:1959": false, "blue ext:mp3": true,
	} {
		if got := mustParse(t, query).Match(d); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	d.Tags = ""
	if mustParse(t, "miles").Match(d) {
		t.Error("tags of another match")
	}
}

func TestTagsLeaveNameAndExtensionAlone(t *testing.T) {
	var tagged, plain Text
	tagged.SetDoc("a b/c d.mp3", "x.y z.flac")
	plain.Set("a b/c d.mp3")
	ext, ok := tagged.Ext()
	if string(ext) != "mp3" || !ok || tagged.NameStart() != plain.NameStart() || tagged.NameWords() != 2 ||
		tagged.TagsStart() != plain.Len() || tagged.Len() != plain.Len()+4 {
		t.Errorf("extension %q, name from %d to %d of %d", ext, tagged.NameStart(), tagged.TagsStart(), tagged.Len())
	}
	if n := testing.AllocsPerRun(100, func() { tagged.SetDoc("a b/c d.mp3", "x.y z.flac") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// An asker knows the name of a hit, and neither its folder nor its tags.
func TestAllowsWhatTagsMayFulfil(t *testing.T) {
	hit := Doc{Path: "03 track.mp3", Type: Audio, SizeBytes: 1}
	for query, want := range map[string]bool{
		"miles": true, `"so what" ext:mp3`: true, "miles -live": true, "miles -track": false, "miles ext:flac": false,
	} {
		if got := mustParse(t, query).Allows(hit); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	hit.Tags = "Live in Paris"
	if mustParse(t, "miles -live").Allows(hit) {
		t.Error("an exclusion does not see known tags")
	}
}

func TestNameWords(t *testing.T) {
	var text Text
	for path, want := range map[string]int{
		"x y/Abbey Road.mp3": 2, "x/Abbey Road": 2, "a.tar.gz": 2, "README": 1, "x.": 1, ".mp3": 0, "a/b c.d e": 2, "": 0,
	} {
		if text.Set(path); text.NameWords() != want {
			t.Errorf("NameWords of %q = %d, want %d", path, text.NameWords(), want)
		}
	}
}
