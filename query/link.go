package query

import (
	"encoding/hex"
	"fmt"

	"starling/share/content"
)

// Link is a neighbour as the router knows it: a number the caller gives out and
// does not use again while the router may remember it.
type Link uint32

// Self is the link of this node's own queries and answers.
const Self Link = 0

// guidBytes is the length of a GUID.
const guidBytes = 16

// GUID names a query: the first 16 bytes of the BLAKE3 of its body.
type GUID [guidBytes]byte

// GUIDOf returns the GUID of an encoded body.
func GUIDOf(body []byte) GUID {
	sum := content.Sum(body)
	return GUID(sum[:guidBytes])
}

// String returns the GUID as 32 hex digits.
func (g GUID) String() string { return hex.EncodeToString(g[:]) }

func parseGUID(b []byte) (GUID, error) {
	if len(b) != guidBytes {
		return GUID{}, fmt.Errorf("%w: a GUID of %d bytes", ErrMalformed, len(b))
	}
	return GUID(b), nil
}
