// Package tags reads what a file says of itself: its type, by content and name,
// and one line of tags.
//
//	head 4 KiB ──mimetype──┐
//	name ──words.TypeOf────┴─► judge ─► type ─┬─ audio, video ─ sieve ─ dhowden/tag ─┐
//	                                          ├─ image ─ bep/imagemeta ──────────────┼─► line
//	                                          └─ document ─ zip, xml ────────────────┘
//
// The line holds what a file was given to be found by, as "Artist · Title ·
// Album · 1997 · Ambient": of music and films artist, title, album, year and
// genre; of pictures title, caption, keywords, camera and day; of books title,
// author and year; of office documents title, subject and keywords.
//
// What it never holds, although files do, because sharing a file is no wish to
// publish it in the answer to a search: the place a picture was taken (GPS and
// the names of places alike), serial numbers, the owner's name that a camera or
// an office program puts in unasked, comments, lyrics. Fields are taken from a
// list of those wanted, so that what nobody thought of stays out too. The file
// itself still has them: who fetches it can read them.
//
// Not read: PDF, for which there is no light library that stands hostile files;
// XMP; the tags of WAV, AIFF, APE and Matroska.
//
// Files are strangers' here: what was fetched is looked at like what is one's
// own. So every look has a budget of bytes, whatever sizes a file claims; the
// sieve hands its library only short fields with lengths that were checked; what
// is unpacked has a limit; and a panic costs the tags, not the program.
//
// Goals: microseconds beside the hashing of the same file, the same answer for
// the same bytes and name. Non-goals: completeness, pictures inside files,
// writing tags.
//
// No goroutines, no files, no clock: bytes come in by io.ReaderAt.
package tags
