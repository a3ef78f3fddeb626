package transfer

import (
	"context"
	"sync"
	"time"

	"starling/share/content"
)

// Choice decides what a node that serves a file sends next. Among the groups that
// one stream asks for it is the one that this node has sent least often: what
// nobody has had from here is of use to a whole swarm, what another fetcher has had
// will come from there as well. Among equals it is the one asked first, so that one
// fetcher by itself gets its groups in the order it asks them, and the disk is read
// in that order. A Choice is a state machine like the Picker.
type Choice struct{ sent []uint16 } // per group: how often it was begun

// NewChoice is for a file of so many groups that this node has sent none of.
func NewChoice(groups int) *Choice { return &Choice{make([]uint16, groups)} }

// Next gives the place in asked, which is not empty, of the group to send.
func (c *Choice) Next(asked []int) int {
	best := 0
	for i, g := range asked {
		if c.sent[g] < c.sent[asked[best]] {
			best = i
		}
	}
	return best
}

// Began notes that the node begins to send g, of which other streams then send
// others first.
func (c *Choice) Began(g int) {
	if c.sent[g] < 1<<16-1 {
		c.sent[g]++
	}
}

// Broke notes that g was begun and will not be sent to its end.
func (c *Choice) Broke(g int) {
	if c.sent[g] > 0 {
		c.sent[g]--
	}
}

// choices are the Choices of the files that are being served. Each lives as long as
// an upload of its file does.
type choices struct {
	mu     sync.Mutex // guards what follows, and every Choice
	byFile map[choiceKey]*sharedChoice
}

type choiceKey struct {
	id     content.ID
	groups int
}

type sharedChoice struct {
	Choice
	uploads int
}

func (c *choices) join(k choiceKey) *sharedChoice {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byFile == nil {
		c.byFile = make(map[choiceKey]*sharedChoice)
	}
	s := c.byFile[k]
	if s == nil {
		s = &sharedChoice{Choice: *NewChoice(k.groups)}
		c.byFile[k] = s
	}
	s.uploads++
	return s
}

func (c *choices) leave(k choiceKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.byFile[k]; s.uploads > 1 {
		s.uploads--
		return
	}
	delete(c.byFile, k)
}

// join makes the upload choose together with the others of its file, until the
// function it gives is called.
func (u *upload) joinChoice() (leave func()) {
	k := choiceKey{u.id, u.layout.Groups()}
	u.choice = u.x.choices.join(k)
	return func() {
		u.mu.Lock()
		u.abandon()
		u.mu.Unlock()
		u.x.choices.leave(k)
	}
}

// nextGroup is the group to send from now on: the one under way, or the choice
// among those that are asked for.
func (u *upload) nextGroup() (g int, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current >= 0 {
		return u.current, true
	}
	if len(u.pending) == 0 {
		return 0, false
	}
	u.x.choices.mu.Lock()
	i := u.choice.Next(u.pending)
	u.choice.Began(u.pending[i])
	u.x.choices.mu.Unlock()
	u.current, u.offset = u.pending[i], 0
	copy(u.pending[1:i+1], u.pending[:i]) // those passed over stay in front
	u.pending = u.pending[1:]
	return u.current, true
}

// abandon leaves the group under way, if there is one. The caller holds mu.
func (u *upload) abandon() {
	if u.current < 0 {
		return
	}
	u.x.choices.mu.Lock()
	u.choice.Broke(u.current)
	u.x.choices.mu.Unlock()
	u.current = -1
}

// due is how much may go out next: what is left of the group under way, or a whole
// group. Which one is chosen when its bytes may go, as late as can be.
func (u *upload) due() (n int64, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.current >= 0:
		_, length := u.layout.Span(u.current)
		return length - u.offset, true
	case len(u.pending) > 0:
		_, length := u.layout.Span(u.pending[0])
		return length, true
	}
	return 0, false
}

// await waits until n bytes may be sent. Meanwhile the other side hears of what
// comes here: it chooses by that.
func (u *upload) await(ctx context.Context, n int) error {
	if u.offer.download == nil || u.lane.limit() == 0 {
		return u.lane.wait(ctx, n)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var result error
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		result = u.lane.wait(ctx, n)
	}()
	timer := time.NewTimer(uploadTick)
	defer timer.Stop()
	for {
		timer.Reset(u.sleep())
		select {
		case <-waited:
			return result
		case <-u.wake:
		case <-timer.C:
		}
		if err := u.sendControl(time.Now()); err != nil {
			cancel()
			<-waited
			return err
		}
	}
}
