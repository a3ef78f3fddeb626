package words

import "testing"

// better lists paths from the best to the worst for a query; tags stand behind |.
func TestScoreOrder(t *testing.T) {
	for query, better := range map[string][]string{
		"abbey road": {
			"x/Abbey Road.mp3", "x/abbey something road.mp3", "x/road abbey.mp3", "x/abbey roads.mp3", "x/abbeys roads.mp3",
			"road/abbey.mp3", "abbey/roads 1.mp3",
		},
		"road":         {"road.mp3", "roads.mp3", "road/x.mp3", "roads/x.mp3"},
		"1080p":        {"film 1080p.mkv", "film1080p.mkv"},
		`"abbey road"`: {"Abbey Road.mp3", "Abbey Road/x.mp3"},
		"wu-tang":      {"wu tang clan.mp3", "wu tangled.mp3", "wu tang/x.mp3", "wu tangled/x.mp3"},
		"a b c":        {"a b c", "a b x c", "c b a"},
		"日本":           {"日本.txt", "日本語.txt", "日本/x.txt"},
	} {
		e := mustParse(t, query)
		score := func(path string) int {
			var text Text
			text.Set(path)
			return e.Score(&text)
		}
		for i, path := range better {
			if !e.Match(doc(path)) {
				t.Errorf("%s does not find %s", query, path)
			}
			if i > 0 && score(better[i-1]) <= score(path) {
				t.Errorf("%s: %s scores %d, %s %d", query, better[i-1], score(better[i-1]), path, score(path))
			}
		}
	}
}

func TestScoreOfTagsIsThatOfFolders(t *testing.T) {
	var folder, tags, name Text
	folder.Set("miles davis/x.mp3")
	tags.SetDoc("music/x.mp3", "Miles Davis")
	name.Set("miles davis.mp3")
	e := mustParse(t, "miles davis")
	if e.Score(&tags) != e.Score(&folder) || e.Score(&tags) >= e.Score(&name) {
		t.Errorf("folder %d, tags %d, name %d", e.Score(&folder), e.Score(&tags), e.Score(&name))
	}
}

func TestScoreMaxIsBeyondAll(t *testing.T) {
	var text Text
	text.Set("a b c d e f g h i j k l m n o p")
	if got := mustParse(t, "a b c d e f g h i j k l m n o p").Score(&text); got >= ScoreMax || got < ScoreMax/2 {
		t.Errorf("%d of %d", got, ScoreMax)
	}
}
