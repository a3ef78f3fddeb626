package node

import (
	"net"
	"sync"
)

// A limitedListener accepts no more connections at once than it has slots; further ones wait in the system's own queue.
type limitedListener struct {
	net.Listener
	slots chan struct{}
	done  sync.Once
	end   chan struct{}
}

func newLimitedListener(l net.Listener, max int) *limitedListener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, max), end: make(chan struct{})}
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.end:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotConn{Conn: conn, slots: l.slots}, nil
}

func (l *limitedListener) Close() error {
	l.done.Do(func() { close(l.end) })
	return l.Listener.Close()
}

// A slotConn gives its slot back once, when it is closed.
type slotConn struct {
	net.Conn
	once  sync.Once
	slots chan struct{}
}

func (c *slotConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.slots })
	return err
}
