package transfer

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"starling/share"
	"starling/share/content"
	"starling/transfer/pb"
)

// uploadList is every upload there is, and the queue for the slots.
type uploadList struct {
	mu     sync.Mutex
	all    []*upload
	queue  *Queue
	number int
}

// admit takes an upload in, or says why not.
func (x *Exchange) admit(u *upload) (pb.Error_Code, string) {
	l := &x.uploads
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queue.slots == 0 {
		return pb.Error_REFUSED, "this node serves nobody"
	}
	same := 0
	for _, other := range l.all {
		if other.node == u.node {
			same++
		}
	}
	crowded := len(l.all) >= uploadsMax/2 && same > 0 // the rest is for those who have none
	if crowded || len(l.all) >= uploadsMax || same >= uploadsPerNode {
		return pb.Error_QUEUE_FULL, "too many uploads at once"
	}
	l.number++
	u.number = l.number
	l.all = append(l.all, u)
	return 0, ""
}

func (x *Exchange) dismiss(u *upload) {
	l := &x.uploads
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(other *upload) bool { return other == u })
}

// Uploads lists who is being served and who waits, oldest first.
func (x *Exchange) Uploads() []UploadStatus {
	l := &x.uploads
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	statuses := make([]UploadStatus, 0, len(l.all))
	for _, u := range l.all {
		s := UploadStatus{Number: u.number, Node: u.node, ID: u.id, SentBytes: u.sent.Load(), Started: u.start}
		p := l.queue.place(&u.seat, now)
		s.QueuePosition, s.QueueETA = p.Position, p.ETA
		_, s.GivenBytes = x.ledger.credit(u.node)
		u.describe(&s)
		statuses = append(statuses, s)
	}
	return statuses
}

// FreeSlots is how many more nodes could be served at once.
func (x *Exchange) FreeSlots() int {
	l := &x.uploads
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue.slots - len(l.queue.serving)
}

func (u *upload) describe(s *UploadStatus) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.offer != nil {
		s.Name, s.SizeBytes = u.offer.name, u.offer.manifest.SizeBytes
	}
	s.Rate = int64(u.rate.rate)
	switch {
	case s.QueuePosition > 0:
		s.State = "waiting"
	case len(u.pending) > 0 || u.current >= 0:
		s.State = "sending"
	default:
		s.State = "idle"
	}
}

// offer is what an upload serves from: a finished file of the library, or the
// verified groups of a download under way.
type offer struct {
	name     string
	manifest *content.Manifest
	have     content.Bitset // when it was opened
	file     io.ReaderAt
	close    func()
	index    int         // first groups that hold a collection's index
	lapsed   func() bool // the other side may not have it any more; nil: it may

	download *download // nil for a finished file
	partial  *share.Partial
	seen     int
}

// offerOf opens what is held of a file and may go to that node; wake is told when
// more of it comes. What the node may not have is refused like what is not here.
func (x *Exchange) offerOf(to Source, id content.ID, wake chan struct{}) (*offer, error) {
	h, err := x.library.For(share.Node(string(to))).Open(id)
	if err == nil {
		o := &offer{name: h.File().Name, manifest: h.Manifest(), file: h, index: h.IndexGroups(), close: func() { h.Close() }, lapsed: h.Lapsed}
		o.have = content.NewBitset(o.manifest.Groups())
		o.have.SetAll()
		return o, nil
	}
	if o := x.offerPartial(to, id, wake); o != nil {
		return o, nil
	}
	return nil, err
}

// read fills b, or says that the file is not what it was.
func (o *offer) read(b []byte, off int64) error {
	n, err := o.file.ReadAt(b, off)
	if n < len(b) {
		return fmt.Errorf("read %d of %d bytes at %d: %w", n, len(b), off, err)
	}
	return nil
}

// heard takes in sources that another node named, if they are of use here.
func (x *Exchange) heard(id content.ID, sources []Source) {
	d := x.download(id)
	if d == nil || len(sources) == 0 {
		return
	}
	select {
	case d.more <- sources:
	default: // the download has enough to do
	}
}
