package hostile

import (
	"context"
	"io"
	"time"
)

// Outcome is what became of bytes thrown at a node.
type Outcome struct {
	Refused bool   // the stream could not be opened
	Wrote   int    // bytes the stream took
	Reply   []byte // what came back, at most replyMax
	Ended   bool   // the other side closed or reset the stream, in time
}

// replyMax bounds what is kept of an answer.
const replyMax = 1 << 20

// Throw opens a stream of a protocol to a node we are connected to, writes bytes,
// closes our side and waits until the other side has closed its own, or for at
// most wait.
func (p *Peer) Throw(ctx context.Context, node, protocolID string, b []byte, wait time.Duration) Outcome {
	var out Outcome
	s, err := p.Open(ctx, node, protocolID)
	if err != nil {
		out.Refused = true
		return out
	}
	defer s.Reset()
	s.SetDeadline(time.Now().Add(wait))
	out.Wrote, err = s.Write(b)
	if err == nil {
		err = s.CloseWrite()
	}
	if err != nil {
		out.Ended = ended(err)
		return out
	}
	reply, err := io.ReadAll(io.LimitReader(s, replyMax))
	out.Reply, out.Ended = reply, err == nil || ended(err)
	return out
}
