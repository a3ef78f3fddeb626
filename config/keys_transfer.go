package config

import (
	"math"
	"strconv"
	"time"

	"starling/transfer"
)

func transferKeys(o *transfer.Options) []key {
	return []key{
		{"transfer.slots", "", "Nodes served at once; 0 serves nobody. More give each node less.",
			slots{number[int]{&o.Slots, 0, countLimit}}},
		{"transfer.queue_max", "", "Uploads that may wait for a slot.",
			number[int]{&o.QueueMax, 1, countLimit}},
		{"transfer.slot_turn", "", "Time a node keeps its slot while others wait.",
			span{&o.SlotTurn, time.Second}},
		{"transfer.up", "", "Upload limit in bytes per second, such as \"5M\"; 0 is none.\n'starling limit' overrules it.",
			size[int64]{&o.UpBytesPerSec, 0, math.MaxInt64}},
		{"transfer.down", "", "Download limit in bytes per second, such as \"5M\"; 0 is none.\n'starling limit' overrules it.",
			size[int64]{&o.DownBytesPerSec, 0, math.MaxInt64}},
		{"transfer.up_wan", "", "Upload limit for connections beyond the local network, which keep to\ntransfer.up as well; 0 is none of their own.",
			size[int64]{&o.UpWANBytesPerSec, 0, math.MaxInt64}},
		{"transfer.down_wan", "", "Download limit for connections beyond the local network, which keep to\ntransfer.down as well; 0 is none of their own.",
			size[int64]{&o.DownWANBytesPerSec, 0, math.MaxInt64}},
		{"transfer.active_max", "", "Downloads that run at once; others wait.",
			number[int]{&o.ActiveMax, 1, countLimit}},
		{"transfer.sources_max", "", "Sources one download fetches from at once.",
			number[int]{&o.SourcesMax, 1, countLimit}},
		{"transfer.memory", "", "Bytes read from sources and not yet written, over all downloads.",
			size[int64]{&o.MemoryBytes, 4 << 20, memoryLimit}},
		{"transfer.give_up_after", "", "A download that no source has answered for so long ends; it can be resumed.",
			span{&o.GiveUpAfter, time.Second}},
		{"transfer.seed", "seed", "Serve what is fetched to others who know its content id, from the first\nverified part on.",
			not{&o.NoSeed}},
	}
}

// slots is a number whose zero means none, which the field writes as -1.
type slots struct{ number[int] }

func (s slots) set(raw any, dir string) error {
	if err := s.number.set(raw, dir); err != nil {
		return err
	}
	if *s.field == 0 {
		*s.field = -1
	}
	return nil
}
func (s slots) text() string { return strconv.Itoa(max(*s.field, 0)) }
func (s slots) toml() string { return s.text() }

// not is a key whose field says the opposite.
type not struct{ field *bool }

func (n not) set(raw any, dir string) error {
	var yes bool
	if err := (yesNo{&yes}).set(raw, dir); err != nil {
		return err
	}
	*n.field = !yes
	return nil
}
func (n not) text() string { return strconv.FormatBool(!*n.field) }
func (n not) toml() string { return n.text() }
