package config

import (
	"time"

	"starling/share"
)

func shareKeys(o *share.Options) []key {
	return []key{
		{"share.rescan_every", "", "Time between looks at the shared folders for new and changed files.",
			span{&o.RescanEvery, time.Second}},
		{"share.hash_readers", "", "Files hashed at once: more is faster on SSDs and slower on spinning disks.",
			number[int]{&o.HashReaders, 1, 64}},
		{"share.ignore", "", "Names that no shared folder shares, as patterns of .gitignore: what systems and editors\nleave behind. A .starlingignore in a folder overrules them for what lies in it; [] is none.",
			patterns{list{&o.Ignore}}},
	}
}
