package tags

import (
	"bytes"
	"encoding/binary"
)

// The end of a zip file, as package zip looks for it: in the last zipEndBytes,
// behind a locator of the longer record that large ones have.
const (
	zipEndBytes        = 65<<10 + 20
	zip64Locator       = "PK\x06\x07" // then a disk's number and the offset of the record
	zip64End           = "PK\x06\x06"
	zip64EndBytes      = 56
	zip64EntriesOffset = 32 // in the record
	// zipSmallBytes is the size up to which package zip makes too little room to
	// matter: 8 bytes for each 30 of the file.
	zipSmallBytes = 8 << 20
)

// honestEnd is false for a zip file that claims more entries than are looked
// through: package zip makes room for as many as the file's size could hold before
// it reads the first, and a hollow file of a terabyte costs its maker nothing.
// Without the longer record there are 65,535 at most.
func honestEnd(src *source) bool {
	if src.size <= zipSmallBytes {
		return true
	}
	end := src.bytes(src.size-zipEndBytes, zipEndBytes)
	if end == nil {
		return false
	}
	for {
		i := bytes.Index(end, []byte(zip64Locator))
		if i < 0 {
			return true
		}
		end = end[i+len(zip64Locator):]
		if len(end) >= 12 && !fewEntries(src, binary.LittleEndian.Uint64(end[4:])) {
			return false
		}
	}
}

// fewEntries looks at the longer record; one that is none is of no use to anyone.
func fewEntries(src *source, at uint64) bool {
	if at > uint64(src.size-zip64EndBytes) {
		return true
	}
	record := src.bytes(int64(at), zip64EndBytes)
	if record == nil {
		return false // the budget is spent: nobody has so many ends
	}
	return string(record[:4]) != zip64End || binary.LittleEndian.Uint64(record[zip64EntriesOffset:]) <= zipFilesMax
}
