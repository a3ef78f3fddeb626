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
	p := u.x.uploads.visit(&u.seat, Visit{
		Enter: wants || told > 0,
		Yield: between,
		Idle:  !wants && now.Sub(u.lastAsked) > slotIdle,
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
		u.pending, u.current = nil, -1
	} else {
		u.lastAsked = time.Now()
	}
	u.mu.Unlock()
	u.wakeSender()
	busy := &pb.Busy{Position: uint32(p.Position), QueueLength: uint32(p.Length), EtaMs: uint64(p.ETA.Milliseconds())}
	return u.write(&pb.Message{Kind: &pb.Message_Busy{Busy: busy}})
}

func (u *upload) leaveQueue() { u.x.uploads.leave(&u.seat) }

// visit looks after a seat, and rouses whoever gets a slot by it.
func (l *uploadList) visit(s *Seat, v Visit, now time.Time) Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, promoted := l.queue.Visit(s, v, now)
	l.wake(promoted)
	return p
}

func (l *uploadList) leave(s *Seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake(l.queue.Leave(s, time.Now()))
}

// wake rouses those who got a slot. The caller holds mu.
func (l *uploadList) wake(promoted []*Seat) {
	for _, u := range l.all {
		if slices.Contains(promoted, &u.seat) {
			u.wakeSender()
		}
	}
}
