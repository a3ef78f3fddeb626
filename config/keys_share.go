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
	}
}
