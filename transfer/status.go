package transfer

import (
	"time"

	"starling/share"
	"starling/share/content"
)

// State is where a download stands.
type State string

const (
	Queued    State = "queued"    // waits for its turn, see Options.ActiveMax
	Finding   State = "finding"   // looks for sources
	Running   State = "running"   // has sources
	Paused    State = "paused"    // by the owner
	Verifying State = "verifying" // hashes what is on the disk, or finishes
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled" // and forgotten
)

// Final tells the states after which nothing more happens by itself. A download
// that failed for want of space is the exception: it goes on when there is some.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// FailKind says of what kind a failure is, for exit codes.
type FailKind string

const (
	FailNone         FailKind = ""
	FailVerification FailKind = "verification" // every source sent bytes that do not match
	FailNoSpace      FailKind = "nospace"
	FailRefused      FailKind = "refused"  // by every source
	FailTimeout      FailKind = "timeout"  // sources are known and do not answer
	FailNotFound     FailKind = "notfound" // nobody holds it
	FailOther        FailKind = "other"    // the disk, mostly
)

// Request asks for a file.
type Request struct {
	ID         content.ID
	SizeBytes  int64  // as a hit or a link gave it, for show; the true size is proven. 0: not known
	Name       string // a stranger's; it becomes a DiskName
	Dir        string // absolute; empty: Options.Dir
	OnExists   share.OnExists
	Sequential bool // fetch in file order
	Searchable bool // let others find the finished file by its words
	Sources    []Source
	Repair     *Repair // of a file that is here; Dir, Name and OnExists follow from it

	// Patience and Linger are for Open. Patience is how long a Reader waits for its
	// next bytes; 0 is 5 minutes. Linger is how long what was fetched for it alone
	// is kept when it is closed, for another one; at least 10 seconds.
	Patience, Linger time.Duration
}

// Status is one download at one moment.
type Status struct {
	ID           content.ID
	Number       int    // in the listing; stays until the download is forgotten
	Name         string // of the finished file, before OnExists
	Path         string // of the finished file
	SizeBytes    int64  // 0 while not known
	HaveBytes    int64  // verified, on the disk
	FetchedBytes int64  // verified, moved since this run or Get began
	WastedBytes  int64  // moved and not needed
	Rate         int64  // bytes/s over the last seconds
	ETA          time.Duration
	Files        int // of a collection, 0 while not known
	FilesHeld    int // of them, those that are verified whole
	State        State
	Reason       string // of a failure, or what a download waits for
	Fail         FailKind
	Sources      []SourceStatus
	Added        time.Time
	Finished     time.Time
	Repairs      string // the file that is repaired, empty where none is
	Cached       bool   // fetched for its readers only, and forgotten with them
}

// SourceState is where a source of a download stands.
type SourceState string

const (
	SourceSpare      SourceState = "spare" // known, its turn among many has not come
	SourceConnecting SourceState = "connecting"
	SourceSending    SourceState = "sending"
	SourceIdle       SourceState = "idle"    // holds nothing that is missing now
	SourceWaiting    SourceState = "waiting" // in its queue
	SourceStalled    SourceState = "stalled"
	SourceRetrying   SourceState = "retrying"
	SourceGone       SourceState = "gone"    // not tried any more
	SourceCutOff     SourceState = "cut off" // for good, it lied
)

// SourceStatus is one source of a download.
type SourceStatus struct {
	Node          Source
	State         SourceState
	Reason        string
	Bytes         int64 // verified groups from it
	Rate          int64 // bytes/s
	QueuePosition int
	QueueETA      time.Duration
}

// UploadStatus is one node being served, or waiting for it.
type UploadStatus struct {
	Number        int
	Node          Source
	ID            content.ID
	Name          string
	SizeBytes     int64
	SentBytes     int64
	Rate          int64  // bytes/s
	State         string // sending, waiting, idle
	QueuePosition int    // 1 is next; 0: it does not wait
	QueueETA      time.Duration
	GivenBytes    int64 // verified bytes from this node, those of 3 days ago counted half
	Started       time.Time
}
