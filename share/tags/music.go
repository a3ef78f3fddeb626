package tags

import (
	"bytes"
	"strconv"

	"github.com/dhowden/tag"
)

// musicFields reads the tags of music, and of films that carry them alike.
func musicFields(src *source) []string {
	if fields := readMusic(sieve(src)); len(fields) > 0 {
		return fields
	}
	return readMusic(sieveID3v1(src))
}

// sieve copies what is wanted of a file into a small one of the same kind. The
// library believes a file: it makes room for the 4 GiB that a cover says to have,
// reads all covers, loses all tags to one that is bad, counts frames of one name
// in quadratic time, and goes down one call for each nested atom.
func sieve(src *source) []byte {
	switch head := src.head; {
	case bytes.HasPrefix(head, []byte("ID3")):
		return sieveID3(src)
	case bytes.HasPrefix(head, []byte("fLaC")):
		return sieveFLAC(src)
	case bytes.HasPrefix(head, []byte("OggS")):
		return sieveOgg(src)
	case len(head) >= 8 && string(head[4:8]) == "ftyp":
		return sieveMP4(src)
	}
	return nil
}

// fieldMax is the longest field that is read: 200 characters of UTF-16 are more
// than a line takes, and a genre of so many numbers is expanded soon enough.
const fieldMax = 512

func readMusic(sieved []byte) []string {
	if sieved == nil {
		return nil
	}
	m, err := tag.ReadFrom(bytes.NewReader(sieved))
	if err != nil || m == nil {
		return nil
	}
	artist := m.Artist()
	if artist == "" {
		artist = m.AlbumArtist()
	}
	fields := []string{artist, m.Title(), m.Album(), year(strconv.Itoa(m.Year())), m.Genre()}
	for _, f := range fields {
		if f != "" {
			return fields
		}
	}
	return nil
}

// sieveID3v1 gives the old tag at the end of a file.
func sieveID3v1(src *source) []byte {
	const size = 128
	if src.size < size {
		return nil
	}
	if b := src.bytes(src.size-size, size); bytes.HasPrefix(b, []byte("TAG")) {
		return b
	}
	return nil
}
