package tags

import "encoding/binary"

// boxesMax bounds the boxes looked at in one box; files in fragments have many
// more, behind those that are wanted.
const boxesMax = 128

var boxesWanted = map[string]bool{
	"\xa9nam": true, "\xa9ART": true, "\xa9art": true, "aART": true, "\xa9alb": true, "\xa9day": true, "\xa9gen": true,
}

// box is one box of an MP4 file, ISO/IEC 14496-12: where it begins, where its
// content does, and where it ends.
type box struct {
	name           string
	from, body, to int64
}

// sieveMP4 keeps the wanted items of moov/udta/meta/ilst.
func sieveMP4(src *source) []byte {
	in := box{to: src.size}
	for _, name := range []string{"moov", "udta", "meta", "ilst"} {
		found := false
		eachBox(src, in, func(b box) bool {
			if found = b.name == name; found {
				in = b
			}
			return found
		})
		if !found {
			return nil
		}
		if name == "meta" {
			in.body += versionBytes(src, in)
		}
	}
	small := append([]byte("\x00\x00\x00\x08ftyp"), "\x00\x00\x00\x08ilst"...)
	seen := make(map[string]bool)
	eachBox(src, in, func(b box) bool {
		if size := b.to - b.from; boxesWanted[b.name] && !seen[b.name] && size <= fieldMax {
			if data := src.bytes(b.from, int(size)); isText(data) {
				seen[b.name] = true
				small = append(small, data...)
			}
		}
		return false
	})
	return small
}

// versionBytes: QuickTime's meta has none where MP4's has a version.
func versionBytes(src *source, meta box) int64 {
	if b := src.bytes(meta.body, 8); b != nil && string(b[4:8]) == "hdlr" {
		return 0
	}
	return 4
}

// isText: an item holds one box called data, whose class 1 is UTF-8.
func isText(item []byte) bool {
	return len(item) > 24 && binary.BigEndian.Uint32(item) == uint32(len(item)) && string(item[12:16]) == "data" && binary.BigEndian.Uint32(item[16:20]) == 1
}

// eachBox shows the boxes in one until stop.
func eachBox(src *source, in box, stop func(b box) bool) {
	at := in.body
	for range boxesMax {
		h := src.bytes(at, 8)
		if h == nil {
			return
		}
		b := box{name: string(h[4:8]), from: at, body: at + 8}
		switch size := int64(binary.BigEndian.Uint32(h)); size {
		case 0:
			b.to = in.to // the last one, to the end
		case 1:
			long := src.bytes(at+8, 8)
			if long == nil {
				return
			}
			b.body, b.to = at+16, at+int64(min(binary.BigEndian.Uint64(long), 1<<62))
		default:
			b.to = at + size
		}
		if b.to < b.body || b.to > in.to || stop(b) {
			return
		}
		at = b.to
	}
}
