package transfer

import (
	"context"
	"fmt"
	"time"

	"starling/share/content"
	"starling/transfer/pb"
)

// strayBytesMax bounds the bytes a session may send that nobody asked for. A few
// are nobody's fault: an order and its end can cross on the way.
const strayBytesMax = 8 << 20

// read takes in what the source sends.
func (s *session) read(ctx context.Context) error {
	var m pb.Message
	stray := int64(0)
	for {
		if err := s.conn.read(&m); err != nil {
			return streamEnd(err)
		}
		s.sweep()
		if d := m.GetData(); d != nil {
			n, err := s.data(ctx, d)
			if err != nil {
				return err
			}
			if stray += n; stray > strayBytesMax {
				return fmt.Errorf("%w: it sends what nobody asked for", errProtocol)
			}
			continue
		}
		if err := s.control(ctx, &m); err != nil {
			return err
		}
		if s.overdue() {
			return errStalled
		}
	}
}

// overdue tells a source that keeps the stream alive and sends nothing.
func (s *session) overdue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due() && time.Since(s.lastData) > progressTime
}

// control handles everything but Data.
func (s *session) control(ctx context.Context, m *pb.Message) error {
	switch kind := m.GetKind().(type) {
	case *pb.Message_KeepAlive:
		return nil
	case *pb.Message_HaveUpdate:
		return s.haveUpdate(ctx, kind.HaveUpdate)
	case *pb.Message_Manifest:
		return s.manifest(ctx, kind.Manifest)
	case *pb.Message_Busy:
		return s.busy(ctx, kind.Busy)
	case *pb.Message_Sources:
		if !s.naming.Allow() {
			return nil
		}
		return s.fetcher.post(ctx, named{s.fetcher, sourcesOf(s.fetcher.directory, kind.Sources)})
	}
	return endingOf(m)
}

func (s *session) haveUpdate(ctx context.Context, m *pb.HaveUpdate) error {
	groups, err := groupsOf(m.GetRuns(), s.layout)
	if err != nil {
		return err
	}
	return s.fetcher.post(ctx, learned{s.fetcher, groups})
}

// manifest reads and proves the chaining values.
func (s *session) manifest(ctx context.Context, m *pb.Manifest) error {
	s.mu.Lock()
	asked := s.proving
	s.proving = false
	s.mu.Unlock()
	if !asked {
		return unexpected(&pb.Message{Kind: &pb.Message_Manifest{Manifest: m}})
	}
	if want := s.layout.Groups() * len(content.CV{}); int(m.GetLength()) != want {
		return fmt.Errorf("%w: its manifest has %d bytes, the size it claims needs %d", errLied, m.GetLength(), want)
	}
	raw := make([]byte, m.GetLength())
	if err := s.conn.readRaw(raw, func(int) {}); err != nil {
		return streamEnd(err)
	}
	manifest, err := content.ParseManifest(s.layout.SizeBytes, raw)
	if err == nil {
		err = manifest.Prove(s.fetcher.id)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errLied, err)
	}
	return s.fetcher.post(ctx, manifestCame{s.fetcher, manifest})
}

// busy notes a place in the queue, which voids all that was asked for, or the
// end of the wait.
func (s *session) busy(ctx context.Context, m *pb.Busy) error {
	s.mu.Lock()
	s.waiting = m.GetPosition() > 0
	if s.waiting {
		s.forget()
	}
	s.mu.Unlock()
	const farMS = uint64(24 * time.Hour / time.Millisecond)
	return s.fetcher.post(ctx, queued{
		fetcher:  s.fetcher,
		position: int(m.GetPosition()),
		eta:      time.Duration(min(m.GetEtaMs(), farMS)) * time.Millisecond,
	})
}

// sweep frees what is held of groups that were taken back.
func (s *session) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.spoiled {
		return
	}
	s.spoiled = false
	for _, in := range s.wanted {
		if in.cancelled {
			s.loseHeld(in)
		}
	}
}

// loseHeld frees the blocks of a group of which something was dropped.
func (s *session) loseHeld(in *incoming) {
	s.fetcher.memory.free(in.blocks, in.reserved)
	in.blocks, in.reserved, in.lost = nil, 0, in.lost || in.got > 0
}

// expected finds what a piece belongs to. Where a group was taken back and asked
// for anew, its first pieces may still come before it begins again.
func (s *session) expected(d *pb.Data) (in *incoming, drop bool, err error) {
	g := int(d.GetGroup())
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.wanted[s.underWay]; now != nil && !now.cancelled && now.again == 0 && s.underWay != g {
		return nil, false, fmt.Errorf("%w: group %d begins before group %d is whole", errProtocol, g, s.underWay)
	}
	if in = s.wanted[g]; in == nil {
		return nil, true, nil
	}
	s.lastData = time.Now()
	if in.again > 0 && in.got > 0 && d.GetOffset() == 0 {
		s.loseHeld(in)
		in.again--
		in.got, in.lost = 0, false
	}
	return in, in.cancelled || in.lost, nil
}

// data reads one piece of a group. It gives the bytes that were not asked for.
func (s *session) data(ctx context.Context, d *pb.Data) (stray int64, err error) {
	g, n := int(d.GetGroup()), int64(d.GetLength())
	in, drop, err := s.expected(d)
	if err != nil {
		return 0, err
	}
	before := int64(d.GetOffset())
	if in != nil {
		before = in.got
	}
	if err := checkData(d, s.layout, before); err != nil {
		if in != nil && in.probe != nil {
			err = fmt.Errorf("%w: %w", errLied, err) // its bytes are not of the size it claims
		}
		return 0, err
	}
	if d.GetMark() {
		s.answerAt = s.came.Load() + n
	}
	if drop {
		err = s.discard(ctx, in, n)
	} else {
		s.underWay = g
		err = s.fill(ctx, in, g, n)
	}
	if in == nil {
		stray = n
	}
	return stray, streamEnd(err)
}

// discard reads past n bytes, which are no progress of the source's.
func (s *session) discard(ctx context.Context, in *incoming, n int64) error {
	b := s.fetcher.memory.block()
	defer s.fetcher.memory.free([]*block{b}, 0)
	s.fetcher.wasted.Add(n)
	if in != nil {
		in.got, in.lost = in.got+n, true
	}
	s.dropping = true
	defer func() { s.dropping = false }()
	return s.readPaced(ctx, b.raw(int(n)))
}

// fill reads n bytes of group g into blocks and hands them to the sink when they
// are a whole group, or, of a group too large for memory, a whole block.
func (s *session) fill(ctx context.Context, in *incoming, g int, n int64) error {
	_, groupLen := s.layout.Span(g)
	stream := groupLen > s.fetcher.wholeMax
	if in.got == 0 && !stream {
		if err := s.reserve(ctx, in, (groupLen+blockBytes-1)/blockBytes*blockBytes); err != nil {
			return err
		}
	}
	for n > 0 {
		at := in.got % blockBytes
		if at == 0 {
			if err := s.addBlock(ctx, in, stream); err != nil {
				return err
			}
		}
		piece := min(n, blockBytes-at)
		last := in.blocks[len(in.blocks)-1]
		if err := s.readPaced(ctx, last.raw(blockBytes)[at:at+piece]); err != nil {
			return err
		}
		in.got, n = in.got+piece, n-piece
		if stream && in.got%blockBytes == 0 && in.got < groupLen {
			if err := s.hand(ctx, in, g, false); err != nil {
				return err
			}
		}
	}
	if in.got == groupLen {
		s.underWay = -1
		return s.hand(ctx, in, g, true)
	}
	return nil
}

func (s *session) addBlock(ctx context.Context, in *incoming, stream bool) error {
	if stream {
		if err := s.reserve(ctx, in, blockBytes); err != nil {
			return err
		}
	}
	in.blocks = append(in.blocks, s.fetcher.memory.block())
	return nil
}

func (s *session) reserve(ctx context.Context, in *incoming, n int64) error {
	if err := s.fetcher.memory.reserve(ctx, n); err != nil {
		return err
	}
	in.reserved += n
	return nil
}

// hand gives the blocks to the sink.
func (s *session) hand(ctx context.Context, in *incoming, g int, last bool) error {
	s.mu.Lock()
	switch {
	case last && in.again > 0:
		in.cancelled = true // it comes once more
	case last:
		delete(s.wanted, g)
	}
	s.mu.Unlock()
	j := job{group: g, probe: in.probe, blocks: in.blocks, end: in.got, last: last, reserved: in.reserved}
	in.blocks, in.reserved = nil, 0
	select {
	case s.jobs <- j:
		return nil
	case <-ctx.Done():
		s.fetcher.memory.free(j.blocks, j.reserved)
		return context.Cause(ctx)
	}
}

func unexpected(m *pb.Message) error {
	return fmt.Errorf("%w: a message of kind %T has no place here", errProtocol, m.GetKind())
}
