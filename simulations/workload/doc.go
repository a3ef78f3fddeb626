// Package workload is what the nodes of a simulated network hold and what they
// ask for: files with names, copies of them on nodes, and queries.
//
//	ReadNames (a list, or a table with collections) ─┐
//	Invented (no file needed) ───────────────────────┴─► New ─► Catalogue
//	                                                            │  files ◄──► nodes
//	Ask ─► Question{Query, Matching, Holders} ◄── words index ──┤
//	Answer(node, query) ─► []query.Entry ◄── holdings ──────────┤
//	Plant: items of known rarity   Place, Clear: churn ─────────┘
//
// Terms. A file has a number, a path as a library shows it, and a size. A copy is
// a file on one node. A collection is a set of files that are placed together,
// as one user's folder is; a file without one is a collection of its own. A
// free rider is a node that holds nothing. Popularity is the rank of a
// collection: the one of rank r has copies in proportion to r^-s (Zipf), and is
// asked for in the same proportion.
//
// What a file answers to is decided by words.Expr, as in the library of a real
// node: the path is matched, the hit carries its last part. The files that match
// a query are found once, through an index of words; a node is then looked up
// among those that hold any of them. Questions are made of words of the file
// that is wanted, so their own file always is among Matching.
//
// Memory. A file takes 50 bytes and its path, and in the index 4 bytes for each
// of its words; each distinct word takes 8 bytes and its text. A node takes 4
// bytes, and 8 for each collection it holds, as copies are kept both ways. Once
// churn or a planted item has touched one node, each node takes 24 bytes more,
// and those touched 8 for each collection. A million nodes with 7.5 million
// copies of 100,000 invented files take 71 MiB, of a million files 162 MiB, and
// twice that while New is at work. Queries remembered take Options.MemoBytes.
//
// Goals: every number is decided by the seed; the same truth as the library's;
// an answer of nothing, which is nearly every answer, in tens of nanoseconds.
//
// Non-goals: the bytes of files, partial files, and what a user does with a hit.
//
// The package starts no goroutine; a Catalogue has one owner at a time.
package workload
