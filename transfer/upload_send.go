package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"starling/share/wire"
	"starling/transfer/pb"
)

// send sends whatever is due, most urgent first, and sleeps when nothing is.
func (u *upload) send(ctx context.Context) (err error) {
	defer func() { u.leaveQueue(err) }()
	timer := time.NewTimer(uploadTick)
	defer timer.Stop()
	for {
		busy, err := u.step(ctx)
		var told *farewell
		if errors.As(err, &told) {
			return nil // the reader sees the end of it
		}
		if err != nil {
			return err
		}
		if busy {
			continue
		}
		timer.Reset(u.sleep())
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-u.wake:
		case <-timer.C:
		}
	}
}

func (u *upload) sleep() time.Duration {
	if u.updateDue {
		return updatesEvery
	}
	return uploadTick
}

// step does one thing; busy means there may be more to do at once.
func (u *upload) step(ctx context.Context) (busy bool, err error) {
	now := time.Now()
	if taken := u.offer.lapsed; taken != nil && taken() {
		return true, u.renew()
	}
	if err := u.sendControl(now); err != nil {
		return false, err
	}
	served, err := u.place(now)
	if err != nil || !served {
		return false, err
	}
	if u.layout.Groups() > 1 {
		return u.sendPiece(ctx)
	}
	if _, due := u.due(); !due || !u.x.tiny.enter(u) {
		return false, nil
	}
	defer u.x.tiny.leave(u)
	return u.sendPiece(ctx)
}

// sendControl sends what does not wait for a slot.
func (u *upload) sendControl(now time.Time) error {
	u.mu.Lock()
	wanted := u.manifest && !u.manifestSent
	u.rate.mark(u.sent.Load(), now)
	u.mu.Unlock()
	if wanted {
		u.manifestSent = true
		if err := u.sendManifest(); err != nil {
			return err
		}
	}
	if err := u.sendUpdates(now); err != nil {
		return err
	}
	if err := u.sendSources(now); err != nil {
		return err
	}
	if now.Sub(u.lastWrite) >= keepAliveEvery {
		return u.write(keepAlive())
	}
	return nil
}

// sendSources tells who else holds some of the file.
func (u *upload) sendSources(now time.Time) error {
	version := u.x.swarms.version(u.id)
	since := now.Sub(u.toldAt)
	if version == 0 || since < swarmGap || version == u.swarm && since < swarmRefresh {
		return nil
	}
	u.swarm, u.toldAt = version, now
	if m := sourcesMessage(u.x.o.Directory, u.x.swarms.others(u.id, u.node)); m != nil {
		return u.write(m)
	}
	return nil
}

func (u *upload) sendManifest() error {
	cvs := u.offer.manifest.AppendCVs(nil)
	if err := u.write(&pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: uint32(len(cvs))}}}); err != nil {
		return err
	}
	return u.conn.writeRaw(cvs)
}

// sendUpdates tells of groups that have come here since.
func (u *upload) sendUpdates(now time.Time) error {
	if u.offer.download == nil {
		return nil
	}
	if u.updateDue = now.Sub(u.updatedAt) < updatesEvery; u.updateDue {
		return nil
	}
	groups, ok := u.offer.download.since(u.offer.partial, u.seen)
	if !ok {
		return u.renew()
	}
	u.seen += len(groups)
	if len(groups) > 0 {
		u.updatedAt = now
	}
	return u.sendHeld(groups)
}

// sendHeld tells of groups that are held now.
func (u *upload) sendHeld(groups []int) error {
	for len(groups) > 0 {
		var runs []uint32
		runs, groups = runsOf(groups)
		if err := u.write(&pb.Message{Kind: &pb.Message_HaveUpdate{HaveUpdate: &pb.HaveUpdate{Runs: runs}}}); err != nil {
			return err
		}
	}
	return nil
}

// renew turns to the finished file when the partial is no more, and tells the
// other side that everything is here now.
func (u *upload) renew() error {
	next, err := u.x.offerOf(u.node, u.id, u.wake)
	if err != nil {
		return u.gone(err)
	}
	if next.manifest.Layout != u.layout || next.have.Count() < u.offer.have.Count() {
		next.close()
		return u.gone(errors.New("fewer groups are held than before"))
	}
	if next.download == nil || next.download != u.offer.download { // else it would no longer be told of what comes
		u.offer.close()
	}
	u.serveFrom(next)
	return u.sendHeld(slices.Collect(next.have.All()))
}

const (
	// limitedFrom is how long a piece waits when a limit holds it back, limitedFor how
	// long that is believed: a limit above what the link carries holds nothing back.
	limitedFrom = time.Millisecond
	limitedFor  = time.Second
)

// sendPiece sends the next piece of the group that is on its way, or of the next
// one asked for.
func (u *upload) sendPiece(ctx context.Context) (busy bool, err error) {
	due, ok := u.due()
	if !ok {
		return false, nil
	}
	room, ok, err := u.room(due)
	if err != nil || !ok {
		return false, err
	}
	n := u.lane.piece(room)
	asked := time.Now()
	if err := u.await(ctx, n); err != nil {
		return false, err
	}
	if now := time.Now(); now.Sub(asked) >= limitedFrom {
		u.limitedAt = now
	}
	g, ok := u.nextGroup()
	if !ok {
		return true, nil // it was taken back meanwhile
	}
	base, groupLen := u.layout.Span(g)
	left := groupLen - u.offset
	if n = int(min(int64(n), left)); int64(n) < min(left, blockMinBytes) {
		return true, nil // it was waited for with the end of another group in mind
	}
	b := u.x.memory.block()
	defer u.x.memory.free([]*block{b}, 0)
	if err := u.offer.read(b.raw(n), base+u.offset); err != nil {
		if err := u.renew(); err != nil {
			return false, err
		}
		return true, u.offer.read(b.raw(n), base+u.offset)
	}
	if err := u.writeData(b, g, n); err != nil {
		return false, err
	}
	u.offset += int64(n)
	u.sent.Add(int64(n))
	u.x.ledger.took(u.node, int64(n))
	u.lastAsked = time.Now()
	if u.offset == groupLen {
		u.groupSent(u.lastAsked)
	}
	return true, nil
}

// room is how many of n bytes, which may be none, may go now; without ok the other
// side's word is waited for.
func (u *upload) room(n int64) (piece int64, ok bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.window.stalled(time.Now()) {
		return 0, false, errStalled
	}
	u.window.limited = time.Since(u.limitedAt) < limitedFor
	piece = u.window.piece(n)
	return piece, piece > 0 || n == 0, nil
}

// groupSent ends a group. Whoever has had one can be named to others.
func (u *upload) groupSent(now time.Time) {
	u.mu.Lock()
	u.current = -1
	u.mu.Unlock()
	if u.serves && now.Sub(u.listedAt) >= swarmRefresh {
		u.listedAt = now
		u.x.swarms.add(u.id, u.node)
		u.x.heard(u.id, []Source{u.node}) // who fetches from us may have what we lack
	}
}

// writeData sends the message and the raw bytes behind it in one write: the
// block has room for the message before its bytes.
func (u *upload) writeData(b *block, g, n int) error {
	u.mu.Lock()
	mark := u.window.send(int64(n), time.Now())
	u.mu.Unlock()
	m := &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: uint32(g), Offset: uint64(u.offset), Length: uint32(n), Mark: mark}}}
	var small [blockHead]byte
	head, err := wire.AppendFrame(small[:0], m)
	if err != nil {
		return err
	}
	if len(head) > blockHead {
		return fmt.Errorf("a message of %d bytes before a block", len(head))
	}
	u.lastWrite = time.Now()
	from := blockHead - len(head)
	copy(b[from:], head)
	if u.layout.Groups() == 1 { // it has one of few places, which are for those who read
		defer time.AfterFunc(progressTime, func() { u.conn.stream.Reset() }).Stop()
	}
	return u.conn.writeRaw(b[from : blockHead+n])
}
