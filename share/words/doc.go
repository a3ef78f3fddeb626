// Package words turns text into words and strangers' query expressions into
// something that can be matched against files. It knows no files, network or
// clock: text goes in, words and yes-or-no come out.
//
//	"Straße-Café_01.MP3" ──normalise──► "strasse-cafe_01.mp3"
//	                      ──split─────► strasse cafe 01 mp3 (+ "3", an inner start of mp3)
//
//	`cafe -live size:>1M` ──Parse──► Expr ──Match(Doc)──► bool
//	                                  └──Lookups──► what an index must hold for a match
//
// Normalising is NFC, case folding, NFKD, marks stripped, folded and composed
// again; letters that carry a stroke instead of a mark (ø, ł, đ) become their
// plain letter. Marks that are letters of their own, such as Indic vowel signs
// and the voicing marks of kana, stay.
//
// Terms:
//
//   - Word: a run of letters and digits of one script. Everything else splits.
//   - CJK word: a run of Han, kana, Hangul, Thai, Lao, Khmer or Burmese, which do
//     not put spaces between words. Digits never join such a run.
//   - Inner start: a place inside a word where a plain query word may begin: each
//     change between letters and digits ("1080p" in "film1080p"), and each
//     character of a CJK word. Words with more than three changes are codes or
//     hashes and are found from their beginning only.
//   - Token: what an index stores: every word, the rest of the word from each
//     inner start, and for CJK words the bigrams and the last character.
//   - Term: one part of an expression: words that stand next to each other.
//
// An expression is made of
//
//	word            begins a word of the path, or begins at an inner start
//	wu-tang D.M.X   adjacent words; the last one may be the beginning of a word
//	"two words"     adjacent whole words, the last one too; CJK anywhere in a run
//	-word -"a b"    leaves out paths that hold these whole words
//	ext:iso         the name ends in .iso; several are alternatives; -ext: leaves out
//	type:audio      also video, image, document, archive, executable, collection; -type: leaves out
//	size:>100M      < <= > >= =, or a range 1M-5M; K M G T are powers of 1,000,
//	                as on every screen, Ki Mi Gi Ti of 1,024; a B behind is allowed
//	id:<64 hex>     exactly this content
//
// Expr is the tree of it, two levels deep, which is all the grammar can say:
//
//	all of ─┬─ Terms      each words that stand next to each other
//	        ├─ none of ── Excluded, refused extensions and types
//	        ├─ one of  ── Exts        one of ── Types
//	        └─ size, id
//
// Expr.String prints it in canonical form, which Parse reads back to the same.
// An error says at which byte and character, why, and what to try.
//
// A Doc has a path and tags, what the file says of itself. Their words count
// alike for matching; terms do not reach from the one into the other. Score
// ranks: the name before folders and tags, whole words before beginnings, the
// words as the query has them before others.
//
// There is one tokeniser, Text, for names, queries and whatever else asks which
// words there are. Tokens gives what a path or any text is found by, Doc.Tokens
// what a file is; Expr.Lookups gives what every match has among them, and
// Expr.PrefixTerms the texts some token begins with. So a keyword table that
// holds Tokens, or their beginnings, can tell who need not be asked.
//
// CamelCase is one word: whoever types abbeyroad finds AbbeyRoad, and nobody
// knows what others have capitalised.
//
// Every limit is a named constant: an expression comes from a stranger and costs
// a bounded amount to parse and to match.
//
// Goals: the same answer on every node, no surprise for any script, no panic.
// Non-goals: stemming, language detection, alternatives between words.
package words
