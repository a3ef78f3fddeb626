package tags

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Limits of an ID3 tag.
const (
	id3FramesMax   = 200      // looked at; real tags have some 10 to 60
	id3UnsyncedMax = 64 << 10 // of a tag that must be read from its beginning
)

var id3Wanted = map[string]bool{
	"TIT2": true, "TPE1": true, "TPE2": true, "TALB": true, "TCON": true, "TYER": true, "TDRC": true,
	"TT2": true, "TP1": true, "TP2": true, "TAL": true, "TCO": true, "TYE": true, // version 2.2
}

// id3 is a tag being read: see id3.org, "ID3 tag version 2.4.0 - Main Structure".
type id3 struct {
	r        io.ReaderAt // of the frames, without the tag's header
	end      int64
	version  byte
	unsynced bool // every frame is, of version 2.4
	out      []byte
	seen     map[string]bool
}

// sieveID3 keeps the first frame of each wanted name, without flags.
func sieveID3(src *source) []byte {
	header := src.bytes(0, 10)
	if header == nil || header[3] < 2 || header[3] > 4 {
		return nil
	}
	version, flags, end := header[3], header[5], 10+int64(synchsafe(header[6:10]))
	t := &id3{r: io.NewSectionReader(src, 10, src.size-10), end: min(end, src.size) - 10, version: version, seen: make(map[string]bool)}
	switch unsynced := flags&0x80 != 0; {
	case version == 2 && flags&0x40 != 0:
		return nil // compressed, by no method that was ever named
	case version == 4:
		t.unsynced = unsynced
	case unsynced:
		all := resync(bytesAt(t.r, 0, int(min(t.end, id3UnsyncedMax))))
		t.r, t.end = bytes.NewReader(all), int64(len(all))
	}
	at := int64(0)
	if version > 2 && flags&0x40 != 0 {
		at = t.extendedHeader()
	}
	for range id3FramesMax {
		if at = t.frame(at); at < 0 {
			break
		}
	}
	return t.small()
}

// extendedHeader gives its length, which counts itself from version 2.4 on.
func (t *id3) extendedHeader() int64 {
	b := bytesAt(t.r, 0, 4)
	switch {
	case b == nil:
		return t.end
	case t.version == 4:
		return int64(synchsafe(b))
	}
	return 4 + int64(binary.BigEndian.Uint32(b))
}

// frame looks at one frame and gives the place of the next; -1 at the end.
func (t *id3) frame(at int64) (next int64) {
	headerBytes := int64(10)
	if t.version == 2 {
		headerBytes = 6
	}
	if at < 0 || t.end-at <= headerBytes {
		return -1
	}
	h := bytesAt(t.r, at, int(headerBytes))
	if h == nil || h[0] < 'A' || h[0] > 'Z' {
		return -1 // the padding behind the frames
	}
	name, size, flags := t.frameHeader(h)
	if size == 0 || size > t.end-at-headerBytes {
		return -1
	}
	if id3Wanted[name] && !t.seen[name] && size <= fieldMax {
		if data := t.plain(bytesAt(t.r, at+headerBytes, int(size)), flags); len(data) > 1 {
			t.seen[name] = true
			t.keep(name, data)
		}
	}
	return at + headerBytes + size
}

func (t *id3) frameHeader(h []byte) (name string, size int64, flags byte) {
	switch t.version {
	case 2:
		return string(h[:3]), int64(h[3])<<16 | int64(h[4])<<8 | int64(h[5]), 0
	case 3:
		return string(h[:4]), int64(binary.BigEndian.Uint32(h[4:8])), h[9]
	}
	return string(h[:4]), int64(synchsafe(h[4:8])), h[9]
}

// plain undoes what the flags of a frame say; nil for what is packed, encrypted
// or grouped.
func (t *id3) plain(data []byte, flags byte) []byte {
	switch {
	case t.version == 3 && flags&0xE0 != 0, t.version == 4 && flags&0x4C != 0:
		return nil
	case t.version != 4:
		return data
	}
	if flags&0x01 != 0 { // its length once more
		if len(data) < 4 {
			return nil
		}
		data = data[4:]
	}
	if t.unsynced || flags&0x02 != 0 {
		data = resync(data)
	}
	return data
}

func (t *id3) keep(name string, data []byte) {
	if wide := data[0] == 1 || data[0] == 2; wide && len(data)%2 == 0 {
		data = data[:len(data)-1] // half a character would cost the library's reader all frames
	}
	t.out = append(t.out, name...)
	if t.version == 2 {
		t.out = append(t.out, 0, byte(len(data)>>8), byte(len(data)))
	} else {
		t.out = append(t.out, 0, 0, 0, 0, 0, 0)
		putSize(t.out[len(t.out)-6:], len(data), t.version == 4)
	}
	t.out = append(t.out, data...)
}

// small is the tag of what was kept.
func (t *id3) small() []byte {
	if len(t.out) == 0 {
		return nil
	}
	header := append([]byte("ID3"), t.version, 0, 0, 0, 0, 0, 0)
	putSize(header[6:], 10+len(t.out), true) // the library counts the header in
	return append(header, t.out...)
}

// synchsafe reads 28 bits, seven in a byte.
func synchsafe(b []byte) uint32 {
	return uint32(b[0]&0x7F)<<21 | uint32(b[1]&0x7F)<<14 | uint32(b[2]&0x7F)<<7 | uint32(b[3]&0x7F)
}

func putSize(b []byte, n int, safe bool) {
	if safe {
		n = n&0x7F | n<<1&0x7F00 | n<<2&0x7F0000
	}
	binary.BigEndian.PutUint32(b, uint32(n))
}

// resync undoes unsynchronisation: a zero after each 255.
func resync(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte{0xFF, 0x00}, []byte{0xFF})
}
