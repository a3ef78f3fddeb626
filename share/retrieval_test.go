package share

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// retrievalCases say what is found first, by file name. Among a million other
// names it must be found within the first Among: 1 unless said otherwise, 3 where
// others answer as well, or -1 where so many do that nothing can be said.
// Without says a name that must not be found, though it is there.
var retrievalCases = []struct {
	query, first string
	among        int
	without      string
}{
	// Accents, case, letters that are spelt differently.
	{query: "cafe resume", first: "Café Résumé.pdf", without: "resume template.docx"},
	{query: "CAFÉ", first: "Café Résumé.pdf", among: -1},
	{query: "jóga", first: "02 Jóga.flac", without: "Yoga Sounds.mp3"},
	{query: "JOGA", first: "02 Jóga.flac"},
	{query: "bjork bachelorette", first: "05 Bachelorette.flac"},
	{query: "strasse", first: "Lange Strasse 7.jpg", without: "Strase.txt"},
	{query: "straße", first: "Lange Strasse 7.jpg"},
	{query: "unendliche strasse", first: "Die unendliche Straße.epub"},
	{query: "deja vu", first: "Déjà Vu.mp3", among: 3},
	{query: "motley crue heart", first: "Kickstart My Heart.mp3"},
	{query: "dvorak rusalka", first: "Antonín Dvořák - Rusalka.mp3"},
	{query: "aero blabaer", first: "Blåbær.mp3"},
	{query: "lodz zolw", first: "Żółw.mp3"},
	{query: "naive", first: "naive", among: -1},
	{query: "amelie", first: "Amélie.avi"},
	{query: "hoppipolla", first: "Hoppípolla.mp3"},

	// Punctuation and apostrophes.
	{query: "wu-tang", first: "Wu-Tang Clan - Protect Ya Neck.mp3", without: "tang wu.mp3"},
	{query: "wu-tang c.r.e.a.m", first: "Wu-Tang Clan - C.R.E.A.M..mp3"},
	{query: "D.M.X", first: "D.M.X - Party Up.mp3", without: "d and m and x.mp3"},
	{query: "dmx", first: "D.M.X - Party Up.mp3", among: -1},
	{query: "o'connor nothing", first: "Nothing Compares 2 U.mp3"},
	{query: "sweet child o' mine", first: "Sweet Child O' Mine.mp3"},
	{query: "don't stop", first: "Don't Stop Me Now.mp3", without: "Dont Stop.mp3"},
	{query: "annual report 2024", first: "annual_report_2024.pdf", without: "AnnualReport2022.pdf"},
	{query: "annualreport", first: "AnnualReport2022.pdf"},
	{query: "moby-dick whale", first: "Moby-Dick; or, The Whale.epub"},
	{query: "q&a", first: "Q&A.txt", among: -1},
	{query: "c++ nutshell", first: "C++ in a Nutshell.pdf"},
	{query: "ac-dc black", first: "Back in Black.mp3", among: 3},

	// Digits beside letters, versions.
	{query: "expanse s01e02 1080p", first: "The.Expanse.S01E02.1080p.x264.mkv"},
	{query: "expanse e02 mkv", first: "The.Expanse.S01E02.1080p.x264.mkv", without: "The.Expanse.S02E01.1080p.x264.mkv"},
	{query: "dark 720p", first: "Dark.S01E01.720p.x265.mkv"},
	{query: "steel 1080p", first: "Tears of Steel film1080p.mkv"},
	{query: "x264 blade", first: "Blade Runner (1982) 1080p x264.mkv"},
	{query: "blade runner 2049", first: "Blade Runner 2049 (2017) 1080p x265.mkv"},
	{query: "img1061", first: "IMG1061.JPG", without: "IMG_1061 edited.png"},
	{query: "1061", first: "IMG_1061 edited.png", among: -1},
	{query: "ubuntu 24.04", first: "ubuntu-24.04-desktop-amd64.iso", without: "ubuntu 24 and 04 more reasons.txt"},
	{query: "ubuntu 22.04 server", first: "ubuntu-22.04-live-server-amd64.iso"},
	{query: "linux 6.8.9", first: "linux-6.8.9.tar.gz", among: 3},
	{query: "go1.22.3", first: "go1.22.3.src.tar.gz"},
	{query: "symphony 9", first: "Symphony No. 9 - Ode to Joy.flac", among: 3},

	// Exclusions and phrases.
	{query: "ubuntu -desktop", first: "ubuntu-24.04-live-server-amd64.iso", among: -1, without: "ubuntu-24.04-desktop-amd64.iso"},
	{query: "holiday -live type:video", first: "holiday.mp4", among: 3, without: "holiday live.mp4"},
	{query: `"war and peace"`, first: "War and Peace.epub", without: "Peace and War.epub"},
	{query: `"abbey road" -live`, first: "Abbey Road.mp3", without: "The Beatles - Abbey Road - live rehearsals.flac"},
	{query: `"art of war"`, first: "The Art of War.epub", without: "War of the Worlds.epub"},
	{query: `"big buck bunny" -480p ext:mp4`, first: "Big Buck Bunny 1080p.mp4", without: "Big Buck Bunny 480p.mp4"},
	{query: `symphony allegro -"no 9" -live`, first: "Symphony No. 5 - Allegro.flac", without: "Symphony No. 5 - Allegro (live).flac"},

	// Filters, alone and together.
	{query: "type:video size:>6G", first: "Das Boot.mkv", among: 3},
	{query: "ext:m4b", first: "Twenty Thousand Leagues.m4b"},
	{query: "linux ext:tar.gz", first: "linux-6.8.9.tar.gz", among: -1, without: "linux-6.8.9.tar.xz"},
	{query: "das boot size:<100M", first: "Das Boot sample.mkv"},
	{query: "boot size:>1G", first: "Das Boot.mkv"},
	{query: "photo -type:executable", first: "photo.jpg", among: -1, without: "photo.jpg.exe"},
	{query: "vlc ext:exe ext:7z", first: "vlc-3.0.20-win64.7z", among: 3, without: "readme"},
	{query: "linear algebra type:document", first: "Linear Algebra notes.pdf", without: "Linear Algebra 01.mp4"},
	{query: "blade type:video size:1G-2G", first: "Blade (1998) 720p.avi", without: "Blade Runner (1982) 1080p x264.mkv"},
	{query: "wikipedia size:>10G", first: "enwiki-20240501-pages-articles.xml.bz2"},
	{query: "invoice 2024 -ext:docx", first: "invoice 2024-03-17.pdf", among: 3},

	// Other scripts.
	{query: "テスト", first: "テスト結果.txt", without: "デスト.txt"},
	{query: "日本語テスト", first: "日本語テスト.txt", without: "日本語.txt"},
	{query: "日本", first: "日本語.txt", among: 3},
	{query: "タワー", first: "東京タワー 2024.jpg"},
	{query: "東京", first: "東京タワー 2024.jpg", without: "清水寺.jpg"},
	{query: "ｽｰﾊﾟｰﾏﾘｵ", first: "スーパーマリオ ワールド.mkv"},
	{query: "国演", first: "三国演义.epub"},
	{query: "война мир", first: "Война и мир.fb2"},
	{query: "елка", first: "Ёлка.txt", without: "Палка.txt"},
	{query: "ΟΔΥΣΣΕΙΑ", first: "Οδύσσεια.pdf"},
	{query: "σισυφου", first: "Ο μύθος του ΣΊΣΥΦΟΥ.pdf"},
	{query: "كليلة ودمنة", first: "كَلِيلَة وَدِمْنَة.pdf"},
	{query: "שלום", first: "שָׁלוֹם עֲלֵיכֶם.pdf"},
	{query: "문법", first: "한국어 문법.pdf"},
	{query: "길동", first: "홍길동전.txt"},
	{query: "ต้มยำ", first: "ต้มยำกุ้ง สูตร.pdf", without: "ภาษาไทย.pdf"},
	{query: "हिन्दी", first: "हिन्दी व्याकरण.pdf"},
	{query: "istanbul gecesi", first: "İstanbul Gecesi.mp3"},
	{query: "simarik", first: "Şımarık.mp3"},
	{query: "final report", first: "ﬁnal report.pdf"},
	{query: "full width memo", first: "ＦＵＬＬ　ＷＩＤＴＨ　ＭＥＭＯ.txt"},

	// Ranking: names before folders and tags, whole words before beginnings, hardly
	// more than the query's words before many, the order of the query.
	{query: "abbey road", first: "Abbey Road.mp3"},
	{query: "road abbey", first: "The road to the abbey.epub"},
	{query: "beatles come together", first: "01 Come Together.mp3"},
	{query: "beatles sun", first: "07 Here Comes the Sun.mp3"},
	{query: "cat", first: "cat.gif", among: 3, without: "concatenation.png"},
	{query: "cat dog", first: "dog.jpg", among: -1},
	{query: "black cat", first: "black cat.jpg", among: 3},
	{query: "doom", first: "doom.wad", among: 3, without: "freedoom-0.13.0.zip"},
	{query: "holiday beach", first: "holiday.jpg", among: 3},
	{query: "beach", first: "beach.jpg", among: 3},
	{query: "around world 80", first: "Jules Verne - Around the World in 80 Days.epub"},
	{query: "so what", first: "So What.mp3"},
	{query: "davis so what", first: "01 track.mp3"},
	{query: "miles davis 1959", first: "01 track.mp3"},
	{query: "kind of blue", first: "01 track.mp3"},
	{query: "datasets readme", first: "readme.md", among: 3},
	{query: "git readme", first: "README.gz", among: -1},
	{query: "firefox", first: "firefox-125.0.apk", among: -1},
}

// retrievalRecords reads lines of path, size and tags.
func retrievalRecords(t *testing.T) (records []*record) {
	t.Helper()
	data, err := os.ReadFile("testdata/retrieval-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		r := nameRecord(fields[0], size)
		if len(fields) > 2 {
			r.tags = fields[2]
		}
		records = append(records, r)
	}
	return records
}

func TestRetrieval(t *testing.T) {
	records := retrievalRecords(t)
	ix := newIndex()
	ix.apply(slices.Clone(records), nil)
	for _, c := range retrievalCases {
		e := mustParse(t, c.query)
		got := ix.search(e, 100)
		if place := placeOf(got, c.first); place != 1 {
			t.Errorf("%s finds %q at place %d, first %q", c.query, c.first, place, names(got, 4))
		}
		if c.without == "" {
			continue
		}
		if placeOf(got, c.without) > 0 {
			t.Errorf("%s finds %q", c.query, c.without)
		}
		if placeOf(records, c.without) == 0 {
			t.Errorf("%s: there is no %q to be left out", c.query, c.without)
		}
	}
}

// What is first of a million real names alone.
var realCases = map[string]string{
	"fstab":                         "fstab",
	"sshd_config 5":                 "sshd_config.5.gz",
	"libreoffice calc svg":          "libreoffice-calc.svg",
	"man1 grep":                     "grep.1.gz",
	"png firefox":                   "firefox.png",
	"stdio.h":                       "stdio.h",
	"linux kernel.h":                "kernel.h",
	"berlin":                        "berlin.txt",
	"berlin -ext:txt":               "berlin.dbf",
	"ÜBER":                          "uber.svg",
	"readme md postgresql":          "README.md",
	"postgresql ext:sql":            "postgresql.sql",
	"python3 logging.py":            "test_logging.py",
	"git-rebase ext:gz":             "git-rebase-patch.1.gz",
	"changelog debian gcc ext:gz":   "changelog.Debian.gz",
	"img1061":                       "img1061.png",
	`"libreoffice calc" ext:svg 32`: "org.libreoffice.LibreOffice.calc.svg",
}

// Real names alone, and then the same as above among them.
func TestRetrievalAmongAMillion(t *testing.T) {
	if underRace {
		t.Skip("an index of a million names takes long under the race detector, and one goroutine has no races")
	}
	real := newIndex()
	real.apply(nameRecords(realNames(t)), nil)
	for query, first := range realCases {
		if got := real.search(mustParse(t, query), 100); placeOf(got, first) != 1 {
			t.Errorf("%s finds %q at place %d, first %q", query, first, placeOf(got, first), names(got, 4))
		}
	}
	ix := newIndex()
	ix.apply(append(nameRecords(realNames(t)), retrievalRecords(t)...), nil)
	for _, c := range retrievalCases {
		got := ix.search(mustParse(t, c.query), 100)
		if place := placeOf(got, c.first); c.among >= 0 && (place == 0 || place > max(1, c.among)) {
			t.Errorf("%s finds %q at place %d, first %q", c.query, c.first, place, names(got, 4))
		}
		if c.without != "" && placeOf(got, c.without) > 0 {
			t.Errorf("%s finds %q", c.query, c.without)
		}
	}
}

// placeOf counts from 1; 0 when there is no such name.
func placeOf(records []*record, name string) int {
	return slices.IndexFunc(records, func(r *record) bool { return path.Base(r.path) == name }) + 1
}

func names(records []*record, limit int) (out []string) {
	for _, r := range records[:min(limit, len(records))] {
		out = append(out, r.path)
	}
	return out
}
