package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"starling/share/content"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// sample is a file that tests move.
type sample struct {
	data     []byte
	id       content.ID
	manifest *content.Manifest
}

func newSample(t testing.TB, sizeBytes int, seed byte) sample {
	t.Helper()
	data := make([]byte, sizeBytes)
	rand.NewChaCha8([32]byte{seed}).Read(data)
	id, m, err := content.Hash(bytes.NewReader(data), int64(sizeBytes))
	if err != nil {
		t.Fatal(err)
	}
	return sample{data, id, m}
}

func (s sample) group(g int) []byte {
	off, n := s.manifest.Span(g)
	return s.data[off : off+n]
}

// tcpStream is a Stream over a TCP connection.
type tcpStream struct{ *net.TCPConn }

func (s tcpStream) Reset() error {
	s.SetLinger(0)
	return s.TCPConn.Close()
}

// pipeStream is a Stream over two in-memory pipes, which synctest understands.
type pipeStream struct{ in, out net.Conn }

func (s pipeStream) Read(p []byte) (int, error)         { return s.in.Read(p) }
func (s pipeStream) Write(p []byte) (int, error)        { return s.out.Write(p) }
func (s pipeStream) CloseWrite() error                  { return s.out.Close() }
func (s pipeStream) Close() error                       { return errors.Join(s.in.Close(), s.out.Close()) }
func (s pipeStream) Reset() error                       { return s.Close() }
func (s pipeStream) SetReadDeadline(t time.Time) error  { return s.in.SetReadDeadline(t) }
func (s pipeStream) SetWriteDeadline(t time.Time) error { return s.out.SetWriteDeadline(t) }

func pipe() (a, b Stream) {
	a1, b1 := net.Pipe()
	a2, b2 := net.Pipe()
	return pipeStream{a1, a2}, pipeStream{b2, b1}
}

// network is a set of nodes that can dial each other by name.
type network struct {
	t    testing.TB
	tcp  net.Listener // nil: pipes
	mu   sync.Mutex
	node map[Source]func(from Source, s Stream) // serves a stream; runs in a goroutine of its own
	wrap func(from, to Source, s Stream) Stream // may change the dialler's end
	live sync.WaitGroup
}

func newNetwork(t testing.TB, tcp bool) *network {
	n := &network{t: t, node: make(map[Source]func(Source, Stream))}
	if tcp {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		n.tcp = l
		t.Cleanup(func() { l.Close() })
	}
	t.Cleanup(n.live.Wait)
	return n
}

// dialAs gives a Dial for the node of that name.
func (n *network) dialAs(from Source) Dial {
	return func(ctx context.Context, to Source) (Stream, error) {
		n.mu.Lock()
		serve, wrap := n.node[to], n.wrap
		n.mu.Unlock()
		if serve == nil {
			return nil, fmt.Errorf("no route to %s", to)
		}
		a, b, err := n.pair()
		if err != nil {
			return nil, err
		}
		n.live.Go(func() { serve(from, b) })
		if wrap != nil {
			a = wrap(from, to, a)
		}
		return a, nil
	}
}

func (n *network) pair() (a, b Stream, err error) {
	if n.tcp == nil {
		a, b = pipe()
		return a, b, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	dialled, err := net.Dial("tcp", n.tcp.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	accepted, err := n.tcp.Accept()
	if err != nil {
		return nil, nil, err
	}
	return tcpStream{dialled.(*net.TCPConn)}, tcpStream{accepted.(*net.TCPConn)}, nil
}

// serve puts a hand-made peer on the network.
func (n *network) serve(name Source, f func(from Source, s Stream)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.node[name] = f
}

// node is one Exchange on a network with a library of its own.
type node struct {
	*Exchange
	t    testing.TB
	name Source
	dir  string
	lib  library
	stop func()
}

// options are what a test node has unless it says otherwise.
func (n *network) options(name Source) Options {
	dir := n.t.TempDir()
	return Options{StateDir: filepath.Join(dir, "state"), Dir: filepath.Join(dir, "got"), Self: name}
}

func (n *network) start(name Source, o Options, find Find) *node {
	n.t.Helper()
	return n.startWith(name, o, find, newLibrary(n.t))
}

func (n *network) startWith(name Source, o Options, find Find, lib library) *node {
	n.t.Helper()
	x, err := newExchange(o, lib, n.dialAs(name), find)
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.serve(name, func(from Source, s Stream) { x.ServeStream(ctx, from, s) })
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	var once sync.Once
	p := &node{Exchange: x, t: n.t, name: name, dir: o.Dir, lib: lib}
	p.stop = func() {
		once.Do(func() {
			n.serve(name, nil)
			cancel()
			if err := <-done; err != nil {
				n.t.Error(err)
			}
			if err := x.Close(); err != nil {
				n.t.Error(err)
			}
		})
	}
	n.t.Cleanup(p.stop)
	return p
}

// share puts a file into the node's library.
func (p *node) share(s sample) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "file.bin")
	if err := os.WriteFile(path, s.data, 0o600); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.lib.Adopt(path, s.manifest, s.id, true); err != nil {
		p.t.Fatal(err)
	}
}

// get starts a download and gives its final status.
func (p *node) get(q Request) Status {
	p.t.Helper()
	if q.Name == "" {
		q.Name = "file.bin"
	}
	if _, err := p.Get(q); err != nil {
		p.t.Fatal(err)
	}
	return p.wait(q.ID, func(s Status) bool { return s.State.Final() })
}

// wait gives the first status that ok takes.
func (p *node) wait(id content.ID, ok func(Status) bool) Status {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var last Status
	for s := range p.Watch(ctx, id) {
		last = s
		if ok(s) {
			return s
		}
	}
	p.t.Fatalf("%s: the download ended or hung at %+v", p.name, last)
	return last
}

// want checks a finished download byte by byte.
func want(t testing.TB, s sample, got Status) {
	t.Helper()
	if got.State != Done {
		t.Fatalf("state %s, %s: %s, sources %+v", got.State, got.Fail, got.Reason, got.Sources)
	}
	b, err := os.ReadFile(got.Path)
	if err != nil || !bytes.Equal(b, s.data) {
		t.Fatalf("%s is not the file (%v)", got.Path, err)
	}
}

// source finds one source of a status.
func source(t testing.TB, s Status, name Source) SourceStatus {
	t.Helper()
	for _, p := range s.Sources {
		if p.Node == name {
			return p
		}
	}
	t.Fatalf("%s is not among the sources %+v", name, s.Sources)
	return SourceStatus{}
}

const groupBytes = 256 << 10
