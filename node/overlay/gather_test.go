package overlay

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/sec"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
)

// tap counts what reaches the connection below TLS, and can break it.
type tap struct {
	net.Conn
	mu     sync.Mutex
	writes []int
	room   int // bytes that may still be written; below 0: any
}

var errCut = errors.New("the line is cut")

func (c *tap) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.writes = append(c.writes, len(p))
	cut := c.room >= 0 && len(p) > c.room
	if cut {
		p = p[:c.room]
	}
	if c.room >= 0 {
		c.room -= len(p)
	}
	c.mu.Unlock()
	n, err := c.Conn.Write(p)
	if cut {
		return n, errCut
	}
	return n, err
}

// since gives the writes after the first n.
func (c *tap) since(n int) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.writes[n:]...)
}

func (c *tap) limit(room int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = room
}

// securedPair is a connection that has shaken hands, both ends and the tap under
// the first.
func securedPair(t *testing.T) (a, b *gatheredConn, below *tap) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	below = &tap{Conn: dialled, room: -1}
	ends := make(chan sec.SecureConn, 1)
	go func() {
		c, err := newTestTLS(t).SecureInbound(context.Background(), accepted, "")
		if err != nil {
			t.Error(err)
		}
		ends <- c
	}()
	out, err := newTestTLS(t).SecureOutbound(context.Background(), below, "")
	if err != nil {
		t.Fatal(err)
	}
	in := <-ends
	if in == nil {
		t.FailNow()
	}
	t.Cleanup(func() { out.Close(); in.Close() })
	return out.(*gatheredConn), in.(*gatheredConn), below
}

func newTestTLS(t *testing.T) *gatheredTLS {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Error(err)
		return nil
	}
	tls, err := newGatheredTLS(libp2ptls.ID, key, nil)
	if err != nil {
		t.Error(err)
	}
	return tls
}

// boost makes crypto/tls use records of full size, which it does after 128 KiB.
func boost(t *testing.T, a, b net.Conn) {
	t.Helper()
	send(t, a, b, make([]byte, 256<<10))
}

// send writes p in one go and gives what came of it.
func send(t *testing.T, a, b net.Conn, p []byte) []byte {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := a.Write(p)
		failed <- err
	}()
	got := make([]byte, len(p))
	if _, err := io.ReadFull(b, got); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return got
}

func randomBytes(n int) []byte {
	p := make([]byte, n)
	rand.Read(p)
	return p
}

// TestAFrameIsOneWrite is what gathering is for.
func TestAFrameIsOneWrite(t *testing.T) {
	a, b, below := securedPair(t)
	boost(t, a, b)
	before := len(below.since(0))
	p := randomBytes(frameMax)
	if !bytes.Equal(send(t, a, b, p), p) {
		t.Error("another frame came")
	}
	if writes := below.since(before); len(writes) != 1 || writes[0] <= len(p) {
		t.Errorf("a frame went out as %v", writes)
	}
	if a.socket.buffer != nil {
		t.Error("a quiet connection keeps a buffer")
	}
}

// TestWritesOfAnySizeComeWhole goes both ways at once, in sizes around every limit.
func TestWritesOfAnySizeComeWhole(t *testing.T) {
	a, b, _ := securedPair(t)
	sizes := []int{0, 1, 16383, 16384, 16385, frameMax - 1, frameMax, outBytes, outBytes + 1, 3*outBytes + 7, 1 << 20}
	var both sync.WaitGroup
	for _, ends := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			for _, n := range sizes {
				if p := randomBytes(n); !bytes.Equal(send(t, ends[0], ends[1], p), p) {
					t.Errorf("%d bytes came as others", n)
				}
			}
		})
	}
	both.Wait()
	if a.socket.ahead != nil && len(a.socket.unread) == 0 {
		t.Error("a drained connection keeps a buffer")
	}
}

// TestConcurrentWritesDoNotMix: each Write comes as one piece.
func TestConcurrentWritesDoNotMix(t *testing.T) {
	a, b, _ := securedPair(t)
	const writers, each = 8, 10
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				p := bytes.Repeat([]byte{byte(w + 1)}, 4+20_000*(i+1))
				binary.BigEndian.PutUint32(p, uint32(len(p)-4))
				if _, err := a.Write(p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range writers * each {
		var head [4]byte
		if _, err := io.ReadFull(b, head[:]); err != nil {
			t.Fatal(err)
		}
		p := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(b, p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p, bytes.Repeat(p[:1], len(p))) {
			t.Fatal("two writes are mixed")
		}
	}
	all.Wait()
}

// TestHalfWrittenRecordsEndTheConnection: TLS does not know that held records
// were lost, so the socket must not take another.
func TestHalfWrittenRecordsEndTheConnection(t *testing.T) {
	a, b, below := securedPair(t)
	boost(t, a, b)
	below.limit(20_000)
	if n, err := a.Write(randomBytes(frameMax)); n != 0 || !errors.Is(err, errCut) {
		t.Fatalf("writing to a cut line: %d, %v", n, err)
	}
	below.limit(-1)
	before := len(below.since(0))
	for range 3 {
		if _, err := a.Write([]byte("more")); err == nil {
			t.Error("the next write succeeded")
		}
	}
	a.Close() // says goodbye by a record of its own
	if writes := below.since(before); len(writes) != 0 {
		t.Errorf("after the cut, %v went out", writes)
	}
}

func TestDeadlinesOfAGatheredConnection(t *testing.T) {
	a, b, _ := securedPair(t)
	if err := b.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading nothing until a deadline: %v", err)
	}
	b.SetReadDeadline(time.Time{})
	p := randomBytes(300 << 10)
	if !bytes.Equal(send(t, a, b, p), p) {
		t.Error("after a deadline, other bytes came")
	}
	if err := a.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil { // nobody reads: the line fills up
		_, err = a.Write(p)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing until a deadline: %v", err)
	}
}

// TestCloseEndsAGatheredWrite: Close waits for nobody.
func TestCloseEndsAGatheredWrite(t *testing.T) {
	a, _, _ := securedPair(t)
	ended := make(chan error)
	go func() {
		var err error
		for err == nil {
			_, err = a.Write(make([]byte, frameMax))
		}
		ended <- err
	}()
	a.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the write ended with %v", err)
	}
}

// stock is a connection that has bytes ready, and counts the reads.
type stock struct {
	net.Conn
	bytes *bytes.Reader
	reads int
}

func (c *stock) Read(p []byte) (int, error) {
	c.reads++
	return c.bytes.Read(p)
}

// TestReadingAhead: whatever sizes are asked for, the bytes come in order, with
// few reads, and a drained connection holds no buffer.
func TestReadingAhead(t *testing.T) {
	want := randomBytes(2 << 20)
	c := &stock{bytes: bytes.NewReader(want)}
	s := &socket{Conn: c}
	rnd := mathrand.New(mathrand.NewPCG(1, 2))
	var got []byte
	p := make([]byte, 20<<10)
	for {
		n, err := s.Read(p[:1+rnd.IntN(len(p))])
		got = append(got, p[:n]...)
		if err != nil {
			break
		}
	}
	if !bytes.Equal(got, want) {
		t.Error("reading ahead changed the bytes")
	}
	if most := len(want)/inBytes + 10; c.reads > most {
		t.Errorf("%d reads, more than %d", c.reads, most)
	}
	if s.ahead != nil {
		t.Error("a drained connection keeps a buffer")
	}
}
