package node

import (
	"cmp"
	"slices"

	"starling/share/content"
)

// A found file is what one holder says of one file.
type found struct {
	ID        content.ID
	Name      string
	Kind      string
	SizeBytes int64
	HeldBytes int64
	Files     int // of a collection
	Tags      string
}

// A row is one content id of one search.
type row struct {
	N         int        `json:"n"`
	ID        content.ID `json:"id"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind,omitempty"`
	SizeBytes int64      `json:"size_bytes"`
	HeldBytes int64      `json:"held_bytes"`
	Files     int        `json:"files,omitempty"`
	Tags      string     `json:"tags,omitempty"` // of the first holder that told any
	Hops      int        `json:"hops"`
	Sources   []string   `json:"sources"` // holders' node ids, first come first
	freeSlots map[string]int
}

// takeIn adds a holder and tells whether the row shows anything new.
func (r *row) takeIn(f found, holder string, hops, freeSlots int) bool {
	before := *r
	if r.Hops < 0 || hops < r.Hops {
		r.Hops = hops
	}
	r.HeldBytes, r.Files = max(r.HeldBytes, f.HeldBytes), max(r.Files, f.Files)
	r.Tags = cmp.Or(r.Tags, f.Tags)
	if !slices.Contains(r.Sources, holder) && len(r.Sources) < rowSourcesMax {
		r.Sources = append(r.Sources, holder)
		r.freeSlots[holder] = freeSlots
	}
	return r.Hops != before.Hops || r.HeldBytes != before.HeldBytes || r.Tags != before.Tags || len(r.Sources) != len(before.Sources)
}

func (r *row) hit(s *search) Hit {
	free := 0
	for _, slots := range r.freeSlots {
		free += slots
	}
	return Hit{Type: "hit", Search: s.name(), N: r.N, Name: r.Name, SizeBytes: r.SizeBytes, ID: r.ID.String(), Sources: len(r.Sources),
		Hops: r.Hops, Kind: r.Kind, HeldBytes: r.HeldBytes, Files: r.Files, FreeSlots: free, Tags: r.Tags}
}

// copyOf is a row safe to read without the lock.
func (r *row) copyOf() row {
	out := *r
	out.Sources = slices.Clone(r.Sources)
	out.freeSlots = nil
	return out
}

func merge(out, r *row) *row {
	if out == nil {
		fresh := r.copyOf()
		return &fresh
	}
	for _, source := range r.Sources {
		if !slices.Contains(out.Sources, source) && len(out.Sources) < rowSourcesMax {
			out.Sources = append(out.Sources, source)
		}
	}
	return out
}
