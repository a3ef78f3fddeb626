package main

import "time"

// watchEvery is how often memory is looked at: seldom enough to cost nothing.
const watchEvery = 20 * time.Millisecond

// A watch follows the memory of a process and its children while they live. What
// the kernel tells of a finished process begins with what its parent held.
type watch struct {
	peak         int64
	pid          int
	ended, ready chan struct{}
}

func watchMemory(pid int) *watch {
	w := &watch{pid: pid, ended: make(chan struct{}), ready: make(chan struct{})}
	go func() {
		defer close(w.ready)
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			w.look()
			select {
			case <-w.ended:
				return
			case <-ticker.C:
			}
		}
	}()
	return w
}

// look returns how many children there are.
func (w *watch) look() int {
	w.peak = max(w.peak, peakOf(w.pid))
	children := childrenOf(w.pid)
	for _, child := range children {
		w.peak = max(w.peak, peakOf(child))
	}
	return len(children)
}

// end returns the most that any of them held.
func (w *watch) end() int64 {
	close(w.ended)
	<-w.ready
	return w.peak
}

// reapTime is how long a server may take to notice that a child has ended.
const reapTime = time.Second

// reaped waits until a server that forks for each client has counted the CPU time
// of the last one as its own.
func reaped(pid int) {
	for until := time.Now().Add(reapTime); len(childrenOf(pid)) > 0 && time.Now().Before(until); {
		time.Sleep(watchEvery)
	}
}
