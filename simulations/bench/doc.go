// Command bench measures Starling beside what moves the same bytes without it,
// and prints the figures as ratios: machines differ and are noisy, so each
// round runs one after the other, A B C A B C, and the medians are compared.
//
//	go run ./simulations/bench                 # 1 GiB, 5 rounds
//	go run ./simulations/bench -size 256M -rounds 7 -disk /var/tmp
//
//	HTTP      nginx → curl, nothing verified (without them: net/http on both sides)
//	bare      one libp2p stream, TCP + TLS 1.3 + yamux, nothing verified
//	starling  two nodes, `starling get` of a magnet link, verified and kept
//
// Every transfer is between two processes over loopback, from a file in the page
// cache to a new file. The first folder is a memory file system where there is
// one, so that the disk does not decide; -disk adds rounds on a real one.
//
// It prints
//
//	P1  time of starling ÷ time of HTTP
//	P2  CPU seconds per GiB, user and system, both sides
//	P3  rate of starling ÷ rate of the bare stream
//	P4  the most memory each side held at once
//
// What is not installed is named. CPU and memory are read from /proc, and are
// not known elsewhere.
package main
