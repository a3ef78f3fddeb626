package content

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// ID is a content id: the 256-bit BLAKE3 hash of a file's bytes, equal to what
// b3sum prints for the file.
type ID [32]byte

// shortHexDigits is how much of an id people are shown and may type: 48 bits
// tell the files of any one library or search apart.
const shortHexDigits = 12

// ErrBadID says that a text is not a content id.
var ErrBadID = errors.New("a content id is 64 hexadecimal digits")

// ParseID reads 64 hexadecimal digits of either case. The error is ErrBadID,
// wrapped with what was found.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != hex.EncodedLen(len(id)) {
		return ID{}, fmt.Errorf("%w, this has %d characters", ErrBadID, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrBadID, err)
	}
	return id, nil
}

// String gives 64 lower-case hexadecimal digits, as b3sum does.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Short gives the first 12 digits, for rows and logs.
func (id ID) Short() string { return hex.EncodeToString(id[:shortHexDigits/2]) }

// IsZero tells an id that was never set. No known file hashes to zero.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText implements encoding.TextMarshaler with String's form.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; see ParseID.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
