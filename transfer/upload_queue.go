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
	serving, position, eta, length, ok := u.x.uploads.visit(&u.seat, visit{
		enter: wants || told > 0,
		yield: between,
		idle:  !wants && now.Sub(u.lastAsked) > slotIdle,
	}, now)
	if !ok {
		return false, u.refuse(pb.Error_QUEUE_FULL, "the queue is full", errors.New("queue full"))
	}
	if position != told {
		return false, u.tellPlace(position, eta, length)
	}
	return serving, nil
}

// tellPlace sends the position in the queue; above 0 it voids what was asked for.
func (u *upload) tellPlace(position int, eta time.Duration, length int) error {
	u.mu.Lock()
	u.told = position
	if position > 0 {
		u.pending, u.current = nil, -1
	} else {
		u.lastAsked = time.Now()
	}
	u.mu.Unlock()
	u.wakeSender()
	busy := &pb.Busy{Position: uint32(position), QueueLength: uint32(length), EtaMs: uint64(eta.Milliseconds())}
	return u.write(&pb.Message{Kind: &pb.Message_Busy{Busy: busy}})
}

func (u *upload) leaveQueue() { u.x.uploads.leave(&u.seat) }

// visit is what an upload wants of the queue when it comes by.
type visit struct {
	enter bool // a slot, or a place in the queue
	yield bool // its slot goes to others if its turn is over: no group is half sent
	idle  bool // its slot goes to others
}

// visit looks after a seat: it serves, or waits at a position, or has no wish.
func (l *uploadList) visit(s *seat, v visit, now time.Time) (serving bool, position int, eta time.Duration, length int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queue
	if s.serving && v.idle && q.wanted(s) {
		l.wake(q.leave(s, now))
		return false, 0, 0, 0, true
	}
	if v.yield && q.yields(s, now) {
		l.wake(q.leave(s, now))
		v.enter = true
	}
	if v.enter && !q.enter(s, now) {
		return false, 0, 0, 0, false
	}
	return s.serving, q.position(s), q.eta(s, now), len(q.waiting), true
}

func (l *uploadList) leave(s *seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake(l.queue.leave(s, time.Now()))
}

// wake rouses those who got a slot. The caller holds mu.
func (l *uploadList) wake(promoted []*seat) {
	for _, u := range l.all {
		if slices.Contains(promoted, &u.seat) {
			u.wakeSender()
		}
	}
}
