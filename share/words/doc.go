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
//	size:>100M      < <= > >= =, or a range 1M-5M; K M G T are powers of 1,024
//	id:<64 hex>     exactly this content
//
// All terms must hold. Every limit is a named constant: an expression comes
// from a stranger and costs a bounded amount to parse and to match.
//
// Goals: the same answer on every node, no surprise for any script, no panic.
// Non-goals: stemming, ranking, language detection.
package words
