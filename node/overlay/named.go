package overlay

import (
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
)

// NodeIDIn finds the whole node id in a word: the word itself, or the end of an
// address.
func NodeIDIn(word string) (node string, ok bool) {
	if strings.HasPrefix(word, "/") {
		word = word[strings.LastIndexByte(word, '/')+1:]
	}
	p, err := peer.Decode(word)
	if err != nil {
		return "", false
	}
	return p.String(), true
}
