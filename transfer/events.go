package transfer

import (
	"time"

	"starling/share/content"
)

// What a download's loop is told, each by the goroutine that learned it.
type (
	// opened: a source answered with what it claims to hold.
	opened struct {
		fetcher *fetcher
		session *session
		holding holding
	}
	// closed: a session ended, or could not be opened.
	closed struct {
		fetcher *fetcher
		err     error
		final   bool // the source is not tried again
	}
	// learned: a source holds more groups.
	learned struct {
		fetcher *fetcher
		groups  []int
	}
	// manifestCame: a source's chaining values are proven against the id.
	manifestCame struct {
		fetcher  *fetcher
		manifest *content.Manifest
	}
	// sizeProven: the last group verified, so the manifest's size is the true one.
	sizeProven struct {
		fetcher  *fetcher
		manifest *content.Manifest
		group    int
		pieces   [][]byte // of that group, nil for a large one
		blocks   []*block // that pieces lie in; the loop frees them
		reserved int64
	}
	// groupCame: a group is verified, written and marked.
	groupCame struct {
		fetcher *fetcher
		group   int
	}
	// queued: a place in the source's queue, or 0 for its end.
	queued struct {
		fetcher  *fetcher
		position int
		eta      time.Duration
	}
	// named: a source told of others.
	named struct {
		fetcher *fetcher
		sources []Source
	}
	// found: a search for sources ended.
	found struct{ sources []Source }
)
