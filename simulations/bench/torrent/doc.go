// Package torrent is the little of BitTorrent that is needed to let its programs
// swarm among themselves, cut off from the world: a torrent file that names one
// tracker, and that tracker.
//
//	Make(file) ──► .torrent ──► aria2, transmission, …
//	                              │ GET /announce
//	                              ▼
//	                           Tracker ──Seen──► who is there, what it has sent
//
// Terms. A torrent is private: a program that keeps to that asks nobody but its
// tracker for peers. An announce is a peer's word to the tracker of what it has
// sent and what it still lacks; the answer is everybody else.
//
// Goals: torrent files cut as transmission-create cuts them, and the same source
// of peers for every program. A peer is told as the address its announce came from.
//
// Non-goals: many torrents, scrapes, UDP, IPv6, and any defence; a tracker lives
// as long as a measurement does.
//
// A Tracker owns no goroutine: it is an http.Handler.
package torrent
