// Package ignore reads patterns in the syntax of gitignore and tells which
// paths of a tree they leave out.
//
//	text ──Parse──► List ─┐
//	words ─Compile─► List ─┴─► Rules ──In(folder, List)──► Rules of that folder
//	                            └─ Match(path) ──► the Pattern that decides, if any
//
// Terms:
//
//   - Pattern: one line. It ignores, or with a ! takes back what lines above it ignored.
//   - List: the patterns of one source, the last one that matches decides.
//   - Rules: what holds in a folder, from all lists: the owner's first, then those of
//     the folder and the folders it lies in, the common ones last. The first list
//     with a word on a path decides.
//
// The syntax is that of gitignore(5), and git is asked in the tests: blank lines
// and #comments, ! and its escape, trailing spaces, a slash at the end for
// folders, a slash elsewhere for a path from the list's own folder, * and ?
// within a name, **/ /** and /**/ across names, [a-z] [!a] [^a] [[:digit:]].
// ? and * count bytes, as git does.
//
// It is stricter than git in one thing: a pattern that can never match, such as
// one with an open bracket, is an error. Git passes over it in silence, but here
// silence would share what it was meant to keep. Where git's code and its manual
// differ (foo**/bar), the manual holds.
//
// Whoever walks a tree must ask about each folder before it looks into it: below
// an ignored folder nothing can be taken back.
//
// Goals: git's answers, time that grows with path times pattern at worst, limits
// on everything that is read. Non-goals: files, and letters in other Unicode
// forms: the caller reads the one and brings the other into one form.
//
// Nothing here starts a goroutine; Lists and Rules do not change once made.
package ignore
