// Package transfer moves files between nodes: it fetches one file from everyone
// who holds some of it, verifies every chunk group before it is kept, and serves
// others from finished and from half-finished files alike.
//
// A file's way in, one stream per source, three goroutines each:
//
//	stream ─► session.read ─blocks─► session.sink ─► share.Partial ─► the .part
//	                │                     │ verified, written, marked
//	                └──── events ─────────┴──► run (one loop per download)
//	                                            │  asks the Picker: what next, of whom?
//	stream ◄─ session.send ◄──── orders ────────┘
//
// and its way out, two goroutines per stream:
//
//	stream ─► upload.read ─ what is wanted ─► upload.send ─► stream
//	                              share.Library or share.Partial ──┘
//
// What is true before a byte is kept. A source's words are claims. Its manifest
// must merge to the content id, then the last group must verify, which it does
// under the true size only (claims). Not before that is there a .part. From then
// on every group is verified in memory before it is written; groups too large for
// memory are written, verified, then marked. A source that sends one bad group is
// cut off for good and named; what it sent before and verified stays.
//
// Terms
//
//   - Exchange: a node's downloads and uploads, and the limits over them.
//   - source: a node that holds some of a file, an opaque id. alt-locations are
//     sources that nodes tell each other of; only ids travel, never addresses.
//   - session: one stream to a source. fetcher: what opens it again and again.
//   - run: a download from its start to a pause or an end.
//   - slot, queue position: uploads beyond the slots wait, are told their place,
//     and keep their stream open; see Queue.
//   - ledger, credit: what a node has given us, verified, brings it forward.
//   - lane: the limits that one stream keeps to; see pace.
//   - Reader: reads a file while it comes, from its play head: the group to fetch
//     next. cache: files fetched only because they are read, gone with their readers.
//   - repair: a download that begins with what is good of a file on this disk, and
//     takes its place.
//   - spare: a source that is known and not in use; resting ones come again later.
//   - window: what a source may have under way on a stream before the other side
//     has told of it, as much as fills the link.
//   - endgame: the last groups may be asked of two sources, within 2 % of the file.
//
// Goals: a verified fetch near the speed of the bare stream; bounded memory
// whatever peers do; a killed process fetches no verified group again. Non-goals:
// finding sources and opening streams, which Dial and Find do; fairness between
// nodes beyond the queue.
//
// Goroutines. Run owns one loop for each running download, which owns its
// fetchers, their sessions and its searches for sources, and waits for them.
// ServeStream runs in its caller's goroutine and owns two more. Watch owns one
// until its channel ends. The Picker, claims and the slot queue are state
// machines and start none.
package transfer
