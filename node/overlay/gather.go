package overlay

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
)

// gatheredTLS is libp2p's TLS with fewer system calls. crypto/tls cuts what is
// written into records of 16 KiB and hands each to the socket by itself, which
// costs a send and, on the other side, a wake-up and a read for each:
//
//	muxer ─ frame ─► gatheredConn ─► tls.Conn ─ records ─► socket ─ one write ─► TCP
//	                      └──────── hold, release ────────────┘
//
// So the socket holds back the records of one Write and sends them at once. When
// it is read and there is more, it reads several records ahead.
type gatheredTLS struct{ *libp2ptls.Transport }

func newGatheredTLS(id protocol.ID, key crypto.PrivKey, muxers []upgrader.StreamMuxer) (*gatheredTLS, error) {
	t, err := libp2ptls.New(id, key, muxers)
	if err != nil {
		return nil, err
	}
	return &gatheredTLS{t}, nil
}

func (t *gatheredTLS) SecureInbound(ctx context.Context, insecure net.Conn, p peer.ID) (sec.SecureConn, error) {
	s := &socket{Conn: insecure}
	c, err := t.Transport.SecureInbound(ctx, s, p)
	if err != nil {
		return nil, err
	}
	return &gatheredConn{SecureConn: c, socket: s}, nil
}

func (t *gatheredTLS) SecureOutbound(ctx context.Context, insecure net.Conn, p peer.ID) (sec.SecureConn, error) {
	s := &socket{Conn: insecure}
	c, err := t.Transport.SecureOutbound(ctx, s, p)
	if err != nil {
		return nil, err
	}
	return &gatheredConn{SecureConn: c, socket: s}, nil
}

// gatheredConn is a TLS connection that sends all records of a Write at once.
type gatheredConn struct {
	sec.SecureConn
	socket *socket
	one    sync.Mutex // Writes, one after the other
}

// Write may report fewer bytes than the other side got when it fails; nothing can
// be written after that, as with crypto/tls alone.
func (c *gatheredConn) Write(p []byte) (int, error) {
	c.one.Lock()
	defer c.one.Unlock()
	c.socket.hold()
	n, err := c.SecureConn.Write(p)
	if sent := c.socket.release(); err == nil && sent != nil {
		return 0, sent
	}
	return n, err
}

const (
	// outBytes takes the records of one frame of the muxer.
	outBytes = frameMax + 2<<10
	// inBytes is read at once where there is more than TLS asks for.
	inBytes = 128 << 10
)

// Buffers are in use only while bytes move, so a quiet connection has none.
var (
	outBuffers = sync.Pool{New: func() any { return new([outBytes]byte) }}
	inBuffers  = sync.Pool{New: func() any { return new([inBytes]byte) }}
)

// socket is the connection below TLS. As with TLS, one goroutine reads at a time.
type socket struct {
	net.Conn

	mu     sync.Mutex      // guards what follows, and the order of writes
	buffer *[outBytes]byte // while records are held back
	held   []byte          // of buffer
	failed error           // held records were lost with it

	// The reader's own.
	ahead  *[inBytes]byte
	unread []byte // of ahead
	busy   bool   // the last read was filled: there is more
}

// hold keeps back what is written from here on.
func (s *socket) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffer = outBuffers.Get().(*[outBytes]byte)
	s.held = s.buffer[:0]
}

// release sends what was held back. Its error stays: TLS has counted those records
// as sent, and none that came after them would make sense to the other side.
func (s *socket) release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	outBuffers.Put(s.buffer)
	s.buffer, s.held = nil, nil
	return s.failed
}

// flush sends what is held. The caller holds mu.
func (s *socket) flush() {
	if len(s.held) > 0 && s.failed == nil {
		if _, err := s.Conn.Write(s.held); err != nil {
			s.failed = fmt.Errorf("send gathered records: %w", err)
		}
	}
	s.held = s.held[:0]
}

// Write takes one record.
func (s *socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held)+len(p) > cap(s.held) {
		s.flush()
	}
	switch {
	case s.failed != nil:
		return 0, s.failed
	case len(p) > cap(s.held): // nothing is held back, or there is no room at all
		return s.Conn.Write(p)
	}
	s.held = append(s.held, p...)
	return len(p), nil
}

// Read fills p from what was read ahead. Only a connection that is busy reads
// ahead: a copy costs less than a system call for each record, but more than none.
func (s *socket) Read(p []byte) (int, error) {
	if s.ahead == nil {
		if !s.busy {
			n, err := s.Conn.Read(p)
			s.busy = n > 0 && n == len(p)
			return n, err
		}
		if err := s.readAhead(len(p)); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.unread)
	s.unread = s.unread[n:]
	if len(s.unread) == 0 {
		inBuffers.Put(s.ahead)
		s.ahead = nil
	}
	return n, nil
}

// readAhead reads more than is asked for. An error beside bytes is left for the
// next read, which has it again.
func (s *socket) readAhead(asked int) error {
	ahead := inBuffers.Get().(*[inBytes]byte)
	n, err := s.Conn.Read(ahead[:])
	s.busy = n > asked
	if n == 0 && err != nil {
		inBuffers.Put(ahead)
		return err
	}
	s.ahead, s.unread = ahead, ahead[:n]
	return nil
}
