package tags

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// Limits of Vorbis comments, which FLAC and Ogg share.
const (
	flacBlocksMax   = 64
	commentsMax     = 200      // looked at
	oggPagesMax     = 32       // of 64 KiB each at most
	oggCommentsMax  = 64 << 10 // of the packet; behind them lie covers
	oggHeaderBytes  = 27
	flacCommentType = 4
)

var commentsWanted = map[string]bool{
	"title": true, "artist": true, "albumartist": true, "album": true, "date": true, "year": true, "genre": true,
}

// sieveFLAC looks for the block of comments; see RFC 9639.
func sieveFLAC(src *source) []byte {
	at := int64(4)
	for range flacBlocksMax {
		h := src.bytes(at, 4)
		if h == nil {
			break
		}
		size := int64(h[1])<<16 | int64(h[2])<<8 | int64(h[3])
		if at += 4; h[0]&0x7F == flacCommentType {
			return sieveComments(io.NewSectionReader(src, at, size), size)
		}
		if at += size; h[0]&0x80 != 0 {
			break
		}
	}
	return nil
}

// sieveOgg gathers the second packet of the first stream, which holds the comments
// of Vorbis and Opus; see RFC 3533. A small FLAC file carries them to the library.
func sieveOgg(src *source) []byte {
	var packet, serial []byte
	at, number := int64(0), 0 // of the packet
	for range oggPagesMax {
		h := src.bytes(at, oggHeaderBytes)
		if h == nil || string(h[:4]) != "OggS" {
			break
		}
		laces := src.bytes(at+oggHeaderBytes, int(h[26]))
		body := at + oggHeaderBytes + int64(len(laces))
		at = body + sum(laces)
		if serial == nil {
			serial = h[14:18]
		}
		if bytes.Equal(h[14:18], serial) {
			packet, number = second(packet, number, laces, src.bytes(body, int(max(0, min(at, src.size)-body))))
		}
		if number > 1 || len(packet) > oggCommentsMax {
			break
		}
	}
	for _, magic := range []string{"\x03vorbis", "OpusTags"} {
		if rest, ok := bytes.CutPrefix(packet, []byte(magic)); ok {
			return sieveComments(bytes.NewReader(rest), int64(len(rest)))
		}
	}
	return nil
}

func sum(laces []byte) (n int64) {
	for _, lace := range laces {
		n += int64(lace)
	}
	return n
}

// second adds what a page has of packet number 1 and counts the packets that end.
func second(packet []byte, number int, laces, body []byte) ([]byte, int) {
	for _, lace := range laces {
		if int(lace) > len(body) {
			break // cut short
		}
		if number == 1 {
			packet = append(packet, body[:lace]...)
		}
		if body = body[lace:]; lace < 255 {
			number++
		}
	}
	return packet, number
}

// sieveComments keeps the first comment of each wanted name, in a FLAC file of
// nothing else.
func sieveComments(r io.ReaderAt, end int64) []byte {
	length := func(at int64) int64 {
		if b := bytesAt(r, at, 4); b != nil {
			return int64(binary.LittleEndian.Uint32(b))
		}
		return end
	}
	var kept []byte
	count := 0
	seen := make(map[string]bool)
	at := 4 + length(0) // behind the name of the encoder
	left := min(length(at), commentsMax)
	for at += 4; left > 0 && at < end; left-- {
		size := length(at)
		if at += 4; size > end-at {
			break
		}
		if size <= fieldMax {
			text := bytesAt(r, at, int(size))
			name, _, ok := strings.Cut(string(text), "=")
			if name = strings.ToLower(name); ok && commentsWanted[name] && !seen[name] {
				seen[name] = true
				kept = append(binary.LittleEndian.AppendUint32(kept, uint32(len(text))), text...)
				count++
			}
		}
		at += size
	}
	block := append(make([]byte, 4, 8+len(kept)), 0, 0, 0, 0) // no encoder
	binary.LittleEndian.PutUint32(block[4:], uint32(count))
	block = append(block, kept...)
	return append([]byte{'f', 'L', 'a', 'C', 0x80 | flacCommentType, 0, byte(len(block) >> 8), byte(len(block))}, block...)
}
