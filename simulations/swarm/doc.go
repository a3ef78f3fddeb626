// Package swarm lets a file spread through a swarm in virtual time: who holds it
// sends it through a limited uplink, and receivers trade what they have got. Each
// receiver asks by a transfer.Picker, each source serves by a transfer.Queue and
// chooses by a transfer.Choice: the ones that ship.
//
//	picker ─Ask─► Range ─► the source's queue ─► its bucket ─► Choice ─► a piece
//	  ▲  ▲                                                                 │
//	  │  └── Learn ◄── have-updates ◄── everyone it serves ◄── Got ◄───────┤
//	  └───── Moved, Got ◄──────────────────────────────────────────────────┘
//
// What happens between those is modelled after package transfer, by its own limits
// and times (transfer.Rules): streams are opened with a few round trips and fail
// and are tried again; the last group proves the file's size before anything else
// is asked; places in queues are told and void what was asked; have-updates go out
// at once and then at most every 50 ms; sources are named once a second, by who has
// been sent a group or has sent one; of many sources those of no use make room.
//
// Terms. The fluid bound is the time that nobody can beat: the file through the
// seeds' uplinks or a receiver's downlink, or all copies of it through all uplinks.
// Copies are what the seeds sent, by the size of the file. A staller takes requests
// and sends nothing, a poisoner sends bytes that are not the file's.
//
// Goals: no second model of what is asked, of who is served, and of what is sent
// next. A thousand receivers of a thousand groups take a minute. What must hold in
// every run is checked in every run, see check.go.
//
// Non-goals: disks, hashing, memory, and what a link does beside its rate and
// delay; simulations/bench measures real processes.
//
// A world belongs to the goroutine that calls Run, and starts none.
package swarm
