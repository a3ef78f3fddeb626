package transfer

import (
	"errors"
	"slices"
	"time"

	"starling/transfer/pb"
)

// place sees to the upload's slot and tells the other side about the queue;
// served means that groups may be sent.
func (u *upload) place(now time.Time) (served bool, err error) {
	u.mu.Lock()
	wants, between := len(u.pending) > 0 || u.current >= 0, u.current < 0
	told := u.told
	u.mu.Unlock()
	if wants {
		u.lastAsked = now
	}
	if u.layout.Groups() == 1 {
		return true, nil // tiny files do not queue
	}
	credit, _ := u.x.ledger.credit(u.node)
	p := u.x.uploads.visit(u, Visit{
		Enter:  wants || told > 0,
		Yield:  between,
		Idle:   told == 0 && !wants && now.Sub(u.lastAsked) > slotIdle, // not before it has heard that it is served
		Credit: credit,
	}, now)
	if p.Refused {
		return false, u.refuse(pb.Error_QUEUE_FULL, "the queue is full", errors.New("queue full"))
	}
	if p.Position != told {
		return false, u.tellPlace(p)
	}
	return p.Serving, nil
}

// tellPlace sends the position in the queue; above 0 it voids what was asked for.
func (u *upload) tellPlace(p Place) error {
	u.mu.Lock()
	u.told = p.Position
	if p.Position > 0 {
		u.pending = nil
		u.abandon()
	} else {
		u.lastAsked = time.Now()
	}
	u.mu.Unlock()
	u.wakeSender()
	busy := &pb.Busy{Position: uint32(p.Position), QueueLength: uint32(p.Length), EtaMs: uint64(p.ETA.Milliseconds())}
	return u.write(&pb.Message{Kind: &pb.Message_Busy{Busy: busy}})
}

// leaveQueue gives up the place; where the stream broke it is kept for a while.
func (u *upload) leaveQueue(err error) {
	l := &u.x.uploads
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(err, errEnded) {
		l.wake(l.queue.Leave(&u.seat, time.Now()))
		return
	}
	l.wake(l.queue.Break(&u.seat, time.Now()))
}

// visit looks after an upload's seat, takes the slots of those that have stalled,
// and rouses whoever gets one.
func (l *uploadList) visit(u *upload, v Visit, now time.Time) Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !u.seat.Serving() || !v.Enter {
		u.progress.restart(u.sent.Load(), now)
	}
	for _, other := range l.all {
		if other.seat.Serving() {
			l.judge(other, other == u && v.Yield, now)
		}
	}
	p, promoted := l.queue.Visit(&u.seat, v, now)
	l.wake(promoted)
	return p
}

// judge sends a slow upload to the end of the queue when others wait: between
// two groups, when its turn is over, or when it has stalled. The caller holds mu.
func (l *uploadList) judge(u *upload, between bool, now time.Time) {
	share := u.lane.limit() / int64(max(1, l.queue.slots))
	u.progress.mark(u.sent.Load(), leastOf(share), now)
	over := now.Sub(u.seat.start) > l.queue.turn // of a large group there may be no end in sight
	if u.progress.stall || u.progress.slow && (between || over) {
		l.wake(l.queue.Evict(&u.seat, now))
	}
}

// wake rouses those who got a slot. The caller holds mu.
func (l *uploadList) wake(promoted []*Seat) {
	for _, u := range l.all {
		if slices.Contains(promoted, &u.seat) {
			u.wakeSender()
		}
	}
}
