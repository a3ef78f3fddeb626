package config

import (
	"math"
	"time"

	"starling/share"
)

func shareKeys(o *share.Options) []key {
	return []key{
		{"share.rescan_every", "", "Time between looks at the shared folders for new and changed files.",
			span{&o.RescanEvery, time.Second}},
		{"share.watch_folders", "", "Folders the system is asked to tell changes of, so that new files are found\nwithin a second; 0 is none. Those beyond are looked at every share.rescan_every.\nLinux only, unless told: Windows lets nobody rename what lies around a watched\nfolder, and macOS keeps each file in it open.",
			slots{number[int]{&o.WatchFolders, 0, countLimit}}},
		{"share.quiet", "", "How long a new or changed file must be left alone before it is hashed and\nshared; 0s is no time. Less reads files that are still being copied in vain.",
			pause{span{&o.QuietTime, 0}}},
		{"share.hash_readers", "", "Files hashed at once: more is faster on SSDs and slower on spinning disks.",
			number[int]{&o.HashReaders, 1, 64}},
		{"share.hash_rate", "", "Bytes read per second for hashing and verifying, over all readers, such as \"50M\"; 0 is\nunlimited.",
			size[int64]{&o.HashBytesPerSec, 0, math.MaxInt64}},
		{"share.ignore", "", "Names that no shared folder shares, as patterns of .gitignore: what systems and editors\nleave behind. A .starlingignore in a folder overrules them for what lies in it, and\nso does share add --ignore; [] is none.",
			patterns{list{&o.Ignore}}},
	}
}

// pause is a duration whose zero means none, which the field writes as -1.
type pause struct{ span }

func (p pause) set(raw any, dir string) error {
	if err := p.span.set(raw, dir); err != nil {
		return err
	}
	if *p.field == 0 {
		*p.field = -1
	}
	return nil
}
func (p pause) text() string { return shortDuration(max(*p.field, 0)) }
func (p pause) toml() string { return Quote(p.text()) }
