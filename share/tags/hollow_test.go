package tags

import "encoding/binary"

// hollowBytes is the size of a hollow file: with nothing in between it lies in a few
// kilobytes of a disk.
const hollowBytes = 2 << 30

// hollow is a large file of which only the head and the end are written.
type hollow struct{ head, end []byte }

func (h hollow) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	if off < int64(len(h.head)) {
		copy(b, h.head[off:])
	}
	if end := int64(hollowBytes - len(h.end)); off >= end {
		copy(b, h.end[off-end:])
	} else if off+int64(len(b)) > end {
		copy(b[end-off:], h.end)
	}
	return len(b), nil
}

// hollowZip says that it holds as many files as it has room for.
func hollowZip(head []byte) hollow {
	const directory, recordAt = 64, hollowBytes - zip64EndBytes - 20 - 22
	le := binary.LittleEndian
	end := append(make([]byte, directory), zip64End...)
	end = append(le.AppendUint64(end, zip64EndBytes-12), make([]byte, 12)...)
	for _, n := range []uint64{hollowBytes / 31, hollowBytes / 31, directory, recordAt - directory} {
		end = le.AppendUint64(end, n)
	}
	end = le.AppendUint64(append(end, zip64Locator+"\x00\x00\x00\x00"...), recordAt)
	end = le.AppendUint32(end, 1)
	end = append(end, "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"...)
	return hollow{head, end}
}
