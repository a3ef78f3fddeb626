// Command bench measures what Starling promises of its transfers, beside the
// programs that move the same bytes without it, and prints one table for each
// section: medians and ratios, in Markdown. Machines differ and are noisy, so
// each round runs one contender after the other, A B C A B C, ratios are taken
// round by round, and their medians count.
//
//	go run ./simulations/bench                          # all that can run here
//	go run ./simulations/bench -only single,swarm -rounds 7 -json all.json
//	go run ./simulations/bench -only single -size 256M -disk /var/tmp
//
//	single    one file, one source: time ÷ HTTP, CPU, memory, rate ÷ bare stream
//	swarm     one seed, eight receivers: time of the last ÷ fluid bound
//	sources   one receiver, 1, 2, 4 and 8 sources: rate ÷ sum of the sources
//	small     a folder of 10,000 files of 20 KiB: time ÷ rsync
//	link      one file over 1 and 10 Gbit/s: share of the link's payload rate
//	search    first hit along a chain whose links transfers fill: p95 ÷ idle
//	hostile   sources of which some poison, stall or lie: time ÷ honest ones
//
// Terms. A section is one table. A contender is one way to move a file, a
// swarmer one program that swarms. A stage is the folder, the processes and the
// network namespaces of a round; all of it is gone when the round ends, however
// it ends, Ctrl-C included. A quantity is a column of a table.
//
// The nodes are whole processes of the program, driven over their control API.
// Parts that no program here plays (a web server where there is no nginx, one
// side of a bare stream) are played by this program as a child of itself:
// its first argument then begins with "child-".
//
// What is not installed, or cannot run here, is named in the table. CPU and
// memory are read from /proc, and are not known elsewhere. docs/benchmarks.md
// explains every figure.
package main
