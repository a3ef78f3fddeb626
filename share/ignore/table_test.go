package ignore

import (
	"slices"
	"strings"
	"testing"
)

// A line of the table: patterns, and what of a few paths they leave out. A · in
// a path stands for a space; lists of folders are "FOLDER> text".
type line struct {
	patterns  []string
	yes, kept string
}

var table = []line{
	// Names and paths.
	{[]string{"a.txt"}, "a.txt x/a.txt x/y/a.txt z/a.txt/b", "a.txt2 ba.txt A.txt"},
	{[]string{"/a.txt"}, "a.txt", "x/a.txt"},
	{[]string{"x/a.txt"}, "x/a.txt", "y/x/a.txt a.txt"},
	{[]string{"/x/a.txt"}, "x/a.txt", "y/x/a.txt"},
	{[]string{"dir/"}, "dir/ dir/f x/dir/ x/dir/f", "x/y/dir"},
	{[]string{"/dir/"}, "dir/ dir/f", "x/dir/ x/dir/f"},
	{[]string{"x/dir/"}, "x/dir/ x/dir/f", "y/x/dir/ dir/"},
	{[]string{"dir"}, "dir/ dir/f x/dir", ""},
	// Comments, blanks, escapes.
	{[]string{"", "# x", "#y", "a"}, "a", "#y x #x"},
	{[]string{`\#y`}, "#y", "y"},
	{[]string{`\!y`}, "!y", "y"},
	{[]string{"!y"}, "", "!y y"},
	{[]string{" a"}, "·a", "a"},
	{[]string{"a  "}, "a", "a··"},
	{[]string{`a\ `}, "a·", "a"},
	{[]string{`a\  `}, "a·", "a a··"},
	{[]string{`a \ `}, "a··", "a·"},
	{[]string{"a\t"}, "a\t", "a"},
	{[]string{"a b"}, "a·b", "a b"},
	{[]string{`\a\b`}, "ab", `\a\b`},
	{[]string{`a\*`}, "a*", "ab a"},
	{[]string{`a\?`}, "a?", "ab"},
	{[]string{`a\[b]`}, "a[b]", "ab"},
	{[]string{`a\\b`}, `a\b`, "ab"},
	{[]string{"a\r", "b"}, "a b", "a\r"},
	{[]string{"\ufeffa", "b"}, "a b", "\ufeffa"},
	{[]string{"a", "\ufeffb"}, "a \ufeffb", "b"},
	// Stars and question marks.
	{[]string{"*.tmp"}, "a.tmp .tmp x/b.tmp", "a.tmp2 tmp a.TMP"},
	{[]string{"*~"}, "a~ ~ x/a~", "~a"},
	{[]string{"~$*"}, "~$a.doc ~$", "a~$"},
	{[]string{"a*"}, "a ab x/a.b", "ba"},
	{[]string{"a*b"}, "ab acb aabb", "abc a"},
	{[]string{"*"}, "a x/ x/y .h", ""},
	{[]string{"*a*b*"}, "ab xaxbx bax/aab", "ba"},
	{[]string{"?"}, "a x/b", "ab"},
	{[]string{"a?c"}, "abc a.c", "ac abbc"},
	{[]string{"?"}, "", "é"}, // bytes, as git counts them
	{[]string{"??"}, "é", "a"},
	{[]string{"/*"}, "a x/y", ""},
	{[]string{"/*/y"}, "x/y", "y x/z/y"},
	{[]string{"x/*"}, "x/a x/b/c", "x/ y/x/a"},
	{[]string{"x/*/c"}, "x/b/c", "x/c x/b/b/c"},
	{[]string{"x/*.c"}, "x/a.c", "x/b/a.c y/x/a.c"},
	{[]string{"x/a?b"}, "x/acb", "x/a/b"},
	// Across folders.
	{[]string{"**"}, "a x/y", ""},
	{[]string{"**/a"}, "a x/a x/y/a", "b xa"},
	{[]string{"**/x/a"}, "x/a y/x/a z/y/x/a", "a xx/a"},
	{[]string{"/**/a"}, "a x/y/a", "b"},
	{[]string{"x/**"}, "x/a x/b/c", "x/ y/x/a"},
	{[]string{"x/**/"}, "x/b/ x/b/c", "x/a x/"},
	{[]string{"x/**/c"}, "x/c x/a/c x/a/b/c", "c x/a/b/d y/x/c"},
	{[]string{"x/**/y/**/c"}, "x/y/c x/a/y/b/c x/y/y/c", "x/c x/a/b/c"},
	{[]string{"**/a/**"}, "a/b x/a/b/c", "a/ x/a/"},
	{[]string{"**/**/a"}, "a x/y/a", "b"},
	{[]string{"***/a"}, "a x/y/a", ""},
	{[]string{"a**"}, "a ab x/abc", "ba"},
	{[]string{"x/a**"}, "x/ab", "y/x/ab"},
	{[]string{"**/"}, "x/ x/q x/y/z", "a"},
	// Classes.
	{[]string{"[abc].t"}, "a.t b.t", "d.t .t ab.t"},
	{[]string{"[a-c].t"}, "a.t b.t c.t", "d.t -.t"},
	{[]string{"[!a-c].t"}, "d.t -.t", "a.t b.t"},
	{[]string{"[^a-c].t"}, "d.t ^.t", "a.t"},
	{[]string{"[a^].t"}, "a.t ^.t", "b.t"},
	{[]string{"[]a].t"}, "].t a.t", "b.t"},
	{[]string{"[!]a].t"}, "b.t", "].t a.t"},
	{[]string{"[a-].t"}, "a.t -.t", "b.t"},
	{[]string{"[-a].t"}, "a.t -.t", "b.t"},
	{[]string{"[--0].t"}, "-.t 0.t ..t", "a.t"},
	{[]string{`[\]a].t`}, "].t a.t", `\.t`},
	{[]string{`[a\-c].t`}, "a.t -.t c.t", "b.t"},
	{[]string{`[\a-\c].t`}, "b.t", `\.t`},
	{[]string{"[[:digit:]].t"}, "7.t", "a.t :.t"},
	{[]string{"[[:alpha:]_].t"}, "a.t Z.t _.t", "7.t"},
	{[]string{"[![:space:]].t"}, "a.t", "·.t"},
	{[]string{"[[:upper:][:digit:]].t"}, "A.t 1.t", "a.t"},
	{[]string{"[[:punct:]].t"}, "!.t -.t", "a.t"},
	{[]string{"[[:xdigit:]].t"}, "f.t A.t 0.t", "g.t"},
	{[]string{"[[:d].t"}, "[.t :.t d.t", "a.t"},
	{[]string{"[c-a].t"}, "c.t", "a.t b.t"},
	{[]string{"a[/]b"}, "", "a/b"},
	{[]string{"x[!a]y"}, "xby", "x/y xay"},
	{[]string{"[*?].t"}, "*.t ?.t", "a.t"},
	{[]string{"[Tt]humbs.db"}, "Thumbs.db thumbs.db", "humbs.db"},
	// Taking back.
	{[]string{"*.t", "!a.t"}, "b.t", "a.t x/a.t"},
	{[]string{"!a.t", "*.t"}, "a.t b.t", ""},
	{[]string{"*.t", "!a.t", "a.t"}, "a.t", ""},
	{[]string{"x/", "!x/a"}, "x/ x/a", ""}, // below an ignored folder nothing is taken back
	{[]string{"x/*", "!x/a"}, "x/b", "x/a"},
	{[]string{"/*", "!/x/", "/x/*", "!/x/a"}, "b x/b", "x/ x/a"},
	{[]string{"*", "!*/"}, "a x/a", "x/ x/y/"},
	{[]string{"*", "!*/", "!*.t"}, "a x/a", "a.t x/y/b.t"},
	{[]string{`!\!a`, "*"}, "!a", ""},
	{[]string{"*", `!\!a`}, "a", "!a"},
	// Lists in folders.
	{[]string{"*.t", "sub> !a.t"}, "a.t sub/b.t", "sub/a.t sub/x/a.t"},
	{[]string{"!a.t", "sub> a.t"}, "sub/a.t sub/x/a.t", "a.t"},
	{[]string{"sub> /a.t"}, "sub/a.t", "a.t sub/x/a.t"},
	{[]string{"sub> x/a.t"}, "sub/x/a.t", "x/a.t sub/y/x/a.t"},
	{[]string{"sub/", "sub> !a.t"}, "sub/a.t", ""},
	{[]string{"a.t", "sub> !a.t", "sub/x> a.t"}, "a.t sub/x/a.t sub/x/y/a.t", "sub/a.t sub/y/a.t"},
	{[]string{"sub> *", "sub/x> !a"}, "sub/a sub/x/a", "a"},
	{[]string{"sub> **/b"}, "sub/b sub/x/b", "b x/b"},
	{[]string{"*.t", "sub> !*.t"}, "a.t", "sub/a.t"},
}

func (l line) tree() tree {
	tr := tree{lists: map[string]string{"": ""}}
	for _, p := range l.patterns {
		folder, text, nested := strings.Cut(p, "> ")
		if !nested {
			folder, text = "", p
		}
		tr.lists[folder] += text + "\n"
	}
	tr.paths = slices.Concat(l.fields(l.yes), l.fields(l.kept))
	return tr
}

func (line) fields(paths string) (out []string) {
	for path := range strings.SplitSeq(paths, " ") {
		if path != "" {
			out = append(out, strings.ReplaceAll(path, "·", " "))
		}
	}
	return out
}

func TestTable(t *testing.T) {
	for _, l := range table {
		tr := l.tree()
		for _, path := range tr.paths {
			v, err := tr.judge(path, false)
			if want := slices.Contains(l.fields(l.yes), path); err != nil || v.ignored() != want {
				t.Errorf("%q, %q: %q, %v; ignored should be %v", l.patterns, path, v, err, want)
			}
		}
	}
}

// The table says what git says, of every path and by the same line.
func TestTableIsGits(t *testing.T) {
	g := newGit(t)
	for _, l := range table {
		tr := l.tree()
		g.clear()
		for folder := range tr.lists {
			g.make([]string{folder + "/"})
		}
		g.make(tr.paths)
		for path, theirs := range g.judge(tr) {
			if ours, _ := tr.judge(path, false); ours != theirs {
				t.Errorf("%q, %q: we say %q, git says %q", l.patterns, path, ours, theirs)
			}
		}
	}
}
