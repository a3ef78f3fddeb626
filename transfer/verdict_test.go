package transfer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"starling/share/content"
	"starling/transfer/pb"
)

// TestFailKinds: a download that cannot be says why, in time.
func TestFailKinds(t *testing.T) {
	s := newSample(t, 5*groupBytes, 10)
	refuse := func(m *pb.Message) func(*conn, *pb.Message) bool {
		return func(c *conn, _ *pb.Message) bool {
			c.write(m)
			c.stream.CloseWrite()
			silence(c)
			return true
		}
	}
	for name, c := range map[string]struct {
		sources []Source
		serve   map[Source]*fake
		found   []Source
		want    FailKind
	}{
		"nobody at all":   {want: FailNotFound},
		"out of reach":    {sources: []Source{"nowhere"}, want: FailTimeout},
		"silent":          {sources: []Source{"mute"}, serve: map[Source]*fake{"mute": {instead: func(c *conn, _ *pb.Message) bool { silence(c); return true }}}, want: FailTimeout},
		"all talk":        {sources: []Source{"talk"}, serve: map[Source]*fake{"talk": {sample: s, instead: onRange(chatter)}}, want: FailTimeout},
		"a byte a second": {sources: []Source{"drip"}, serve: map[Source]*fake{"drip": {sample: s, instead: onRange(func(c *conn) { trickle(c, 4, 1000) })}}, want: FailTimeout},
		"gone":            {sources: []Source{"empty"}, serve: map[Source]*fake{"empty": {instead: refuse(&pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{}}})}}, want: FailNotFound},
		"refused":         {sources: []Source{"proud"}, serve: map[Source]*fake{"proud": {instead: refuse(&pb.Message{Kind: &pb.Message_Error{Error: &pb.Error{Code: pb.Error_REFUSED, Reason: "no\x1b[2J"}}})}}, want: FailRefused},
		"found and lying": {found: []Source{"liar"}, serve: map[Source]*fake{"liar": {sample: s, cvs: func(b []byte) []byte { return flip(0, b) }}}, want: FailVerification},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t, false)
				for name, f := range c.serve {
					n.serve(name, f.serve)
				}
				find := func(ctx context.Context, _ content.ID) []Source {
					select {
					case <-time.After(3 * time.Second): // as long as a search takes
					case <-ctx.Done():
					}
					return c.found
				}
				start := time.Now()
				got := n.start("z", n.options("z"), find).get(Request{ID: s.id, Sources: c.sources})
				if got.State != Failed || got.Fail != c.want || got.Reason == "" {
					t.Errorf("%s, %s, want %s: %s", got.State, got.Fail, c.want, got.Reason)
				}
				if took := time.Since(start); took > giveUpDefault+15*time.Second {
					t.Errorf("said so after %v", took)
				}
				for _, r := range got.Reason {
					if r < ' ' {
						t.Errorf("the reason is %q", got.Reason)
					}
				}
			})
		})
	}
}

// TestFindIsAsked: a download without sources gets them from the search, later
// ones, too.
func TestFindIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 5*groupBytes, 11)
		n.serve("late", (&fake{sample: s}).serve)
		searches := 0
		find := func(context.Context, content.ID) []Source {
			if searches++; searches < 3 {
				return nil
			}
			return []Source{"late"}
		}
		want(t, s, n.start("z", n.options("z"), find).get(Request{ID: s.id}))
	})
}
