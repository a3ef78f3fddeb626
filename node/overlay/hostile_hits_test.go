package overlay_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/record"
	"google.golang.org/protobuf/proto"

	"starling/node/overlay"
	"starling/query"
	"starling/query/pb"
	"starling/simulations/hostile"
)

// forgeries are envelopes that a hostile holder makes for a query: none of them
// may be believed.
var forgeries = map[string]func(p *hostile.Peer, guid query.GUID) []byte{
	"name changed": func(p *hostile.Peer, guid query.GUID) []byte {
		return changed(p, guid, func(b *query.Batch) { b.Entries[0].Name = "bird of another name" })
	},
	"size changed": func(p *hostile.Peer, guid query.GUID) []byte {
		return changed(p, guid, func(b *query.Batch) { b.Entries[0].SizeBytes++ })
	},
	"content id changed": func(p *hostile.Peer, guid query.GUID) []byte {
		return changed(p, guid, func(b *query.Batch) { b.Entries[0].ID[0]++ })
	},
	"expiry changed": func(p *hostile.Peer, guid query.GUID) []byte {
		return changed(p, guid, func(b *query.Batch) { b.Expires = b.Expires.Add(time.Second) })
	},
	"record changed": func(p *hostile.Peer, guid query.GUID) []byte {
		return changed(p, guid, func(b *query.Batch) { b.Record = p.Record("/ip4/192.0.2.1/tcp/80") })
	},
	"signed by another key": func(p *hostile.Peer, guid query.GUID) []byte {
		mine := unmarshalled(p.Seal(p.Batch(guid, file("bird"))))
		other := unmarshalled(hostile.Sign(hostile.Key(), hostile.HitDomain, hostile.HitCodec, mine.RawPayload))
		other.PublicKey = mine.PublicKey
		return marshalled(other)
	},
	"signed for another domain": func(p *hostile.Peer, guid query.GUID) []byte {
		return p.Sign(hostile.NodeDomain, hostile.HitCodec, payloadOf(p.Batch(guid, file("bird"))))
	},
	"of another payload type": func(p *hostile.Peer, guid query.GUID) []byte {
		return p.Sign(hostile.HitDomain, hostile.NodeCodec, payloadOf(p.Batch(guid, file("bird"))))
	},
	"signed by a key of another type": func(p *hostile.Peer, guid query.GUID) []byte {
		key, _, err := crypto.GenerateSecp256k1Key(rand.Reader)
		if err != nil {
			panic(err)
		}
		return hostile.Sign(key, hostile.HitDomain, hostile.HitCodec, payloadOf(p.Batch(guid, file("bird"))))
	},
	"about another query": func(p *hostile.Peer, guid query.GUID) []byte {
		guid[0]++
		return p.Seal(p.Batch(guid, file("bird")))
	},
	"without entries": func(p *hostile.Peer, guid query.GUID) []byte { return p.Seal(p.Batch(guid)) },
	"of 21 entries": func(p *hostile.Peer, guid query.GUID) []byte {
		return p.Seal(p.Batch(guid, slices.Repeat([]query.Entry{file("bird")}, 21)...))
	},
	"of a name that is no text": func(p *hostile.Peer, guid query.GUID) []byte {
		return p.Sign(hostile.HitDomain, hostile.HitCodec,
			bytes.Replace(payloadOf(p.Batch(guid, file("bird"))), []byte("bird"), []byte("bi\xff\xfe"), 1))
	},
	"of a file larger than files can be": func(p *hostile.Peer, guid query.GUID) []byte {
		return resized(p, guid, 1<<63)
	},
	"no envelope":       func(*hostile.Peer, query.GUID) []byte { return []byte("bird") },
	"an empty envelope": func(*hostile.Peer, query.GUID) []byte { return nil },
}

func changed(p *hostile.Peer, guid query.GUID, change func(*query.Batch)) []byte {
	return hostile.TamperedBatch(p.Seal(p.Batch(guid, file("bird"))), change)
}

func resized(p *hostile.Peer, guid query.GUID, sizeBytes uint64) []byte {
	var m pb.Batch
	if err := proto.Unmarshal(payloadOf(p.Batch(guid, file("bird"))), &m); err != nil {
		panic(err)
	}
	m.Entries[0].SizeBytes = sizeBytes
	raw, err := proto.Marshal(&m)
	if err != nil {
		panic(err)
	}
	return p.Sign(hostile.HitDomain, hostile.HitCodec, raw)
}

func payloadOf(b *query.Batch) []byte {
	raw, err := query.EncodeBatch(b)
	if err != nil {
		panic(err)
	}
	return raw
}

func unmarshalled(envelope []byte) *record.Envelope {
	e, err := record.UnmarshalEnvelope(envelope)
	if err != nil {
		panic(err)
	}
	return e
}

func marshalled(e *record.Envelope) []byte {
	raw, err := e.Marshal()
	if err != nil {
		panic(err)
	}
	return raw
}

// Each forgery is shown to nobody, passes no honest hop, and costs the forger
// its link: what it sends behind it is not looked at.
func TestForgedHitsStopAtTheFirstHonestHop(t *testing.T) {
	o := startNode(t, "B", nil)
	beyond := newPeer(t, hostile.Options{OnQuery: echoing}) // an asker that sees what the honest node forwards
	asking := shake(t, beyond, o)
	forger := func(forge func(*hostile.Peer, query.GUID) []byte) *hostile.Link {
		return shake(t, newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
			l.Hits(hostile.Carry(c.Query.GUID, forge(l.Peer(), c.Query.GUID)), l.Peer().Found(c.Query.GUID, file("bird behind a forgery")))
		}}), o)
	}
	nonce := 0
	for name, forge := range forgeries {
		l := forger(forge)
		if r := search(t, o, query.Spec{TTL: 1}); len(r.names) > 0 || r.receipt.Stopped != query.Finished {
			t.Errorf("%s: shown %v, %+v", name, r.names, r.receipt)
		}
		parted(t, l, 403)

		l = forger(forge)
		nonce++
		q := ask(t, "bird", true, nonce)
		answered(t, asking, q, 3)
		if got := holdersIn(t, asking, q); !slices.Equal(got, []string{o.ID()}) {
			t.Errorf("%s: hits of %v came through", name, got)
		}
		parted(t, l, 403)
	}
	if n := o.Drops()["forged"]; n != 2*len(forgeries) {
		t.Errorf("%d forgeries counted, want %d", n, 2*len(forgeries))
	}
}

// answered sends a query over the link and waits for its echo, behind which no
// hits come.
func answered(t *testing.T, l *hostile.Link, q *query.Query, ttl uint8) {
	t.Helper()
	if err := l.Query(q, ttl, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := l.Received().Wait(ctx, func(b *hostile.Inbox) bool {
		return slices.ContainsFunc(b.Messages(), func(m query.Message) bool {
			return m.Kind == query.KindEcho && m.Echo.GUID == q.GUID
		})
	})
	if err != nil {
		t.Fatalf("no echo: %v", err)
	}
}

// holdersIn returns who signed the hits for q that came over the link.
func holdersIn(t *testing.T, l *hostile.Link, q *query.Query) (out []string) {
	t.Helper()
	for _, m := range l.Received().Messages() {
		if m.Kind != query.KindHits || m.Hits.GUID != q.GUID {
			continue
		}
		id, err := hostile.SignerOf(m.Hits.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// What is signed well but too old, from the future, asked by nobody, sent twice
// or sent by a stranger is dropped and counted, and the link goes on.
func TestHitsOutOfPlaceAreDropped(t *testing.T) {
	var stranger *hostile.Peer
	var o *overlay.Overlay
	p := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		guid, other := c.Query.GUID, c.Query.GUID
		other[0]++
		dated := func(name string, expires time.Duration) query.Message {
			b := l.Peer().Batch(guid, file(name))
			b.Expires = time.Now().Add(expires)
			return hostile.Carry(guid, l.Peer().Seal(b))
		}
		good := l.Peer().Found(guid, file("bird shown once"))
		throwHits(t, stranger, o, stranger.Found(guid, file("bird of a stranger")))
		l.Hits(
			dated("bird expired", -time.Second), dated("bird of the future", time.Hour), dated("bird of the past", -10*365*24*time.Hour),
			l.Peer().Found(other, file("bird nobody asked for")),
			good, good, good, // and the echo behind them
			query.Message{Kind: query.KindEcho, Echo: &query.Echo{GUID: guid, TTL: c.TTL, Sums: query.Sums{Reached: 1}}},
		)
	}})
	stranger = newPeer(t, hostile.Options{})
	o = startNode(t, "A", nil)
	if _, err := stranger.Connect(t.Context(), o.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
	l := shake(t, p, o)
	r := search(t, o, query.Spec{})
	if len(r.names) != 1 || !slices.Equal(r.names[p.ID()], []string{"bird shown once"}) {
		t.Errorf("shown: %v", r.names)
	}
	for reason, want := range map[string]int{"stale": 3, "no-path": 1, "duplicate-hits": 2, "not-a-link": 1} {
		if got := o.Drops()[reason]; got != want {
			t.Errorf("%s: %d counted, want %d", reason, got, want)
		}
	}
	if err := l.Ping(t.Context()); err != nil {
		t.Errorf("the link did not go on: %v", err)
	}
}

// throwHits sends hits over a connection that is no link, and waits until the
// node has refused them.
func throwHits(t *testing.T, p *hostile.Peer, o *overlay.Overlay, m query.Message) {
	frame, err := query.EncodeFrame([]query.Message{m})
	if err != nil {
		t.Error(err)
		return
	}
	if out := p.Throw(context.Background(), o.ID(), hostile.ProtocolHits, frame, patience); !out.Ended || len(out.Reply) > 0 {
		t.Errorf("a stranger's hits: %+v", out)
	}
}

// A batch is shown once, whoever else replays it; under another query's GUID the
// replay is a forgery.
func TestReplayedHits(t *testing.T) {
	sealed := make(chan query.Message, 1)
	var old []byte
	holder := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		if m := l.Peer().Found(c.Query.GUID, file("bird")); old == nil {
			old = m.Hits.Envelope
			l.Hits(m)
			sealed <- m
		}
		l.Echo(c, query.Sums{Reached: 1})
	}})
	replayer := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		select {
		case m := <-sealed:
			l.Hits(m)
		case <-time.After(patience):
			t.Error("nothing to replay")
		}
		l.Echo(c, query.Sums{Reached: 1})
	}})
	o := startNode(t, "A", nil)
	shake(t, holder, o)
	shake(t, replayer, o)
	if r := search(t, o, query.Spec{}); r.receipt.Entries != 1 || len(r.names[holder.ID()]) != 1 {
		t.Errorf("shown: %v", r.names)
	}
	if n := o.Drops()["duplicate-hits"]; n != 1 {
		t.Errorf("%d replays dropped", n)
	}
	sealed <- query.Message{Kind: query.KindEcho, Echo: &query.Echo{}} // for the second search: an echo of nothing
	again := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		l.Hits(hostile.Carry(c.Query.GUID, old))
	}})
	l := shake(t, again, o)
	if r := search(t, o, query.Spec{}); len(r.names) > 0 {
		t.Errorf("shown: %v", r.names)
	}
	parted(t, l, 403)
}

// One holder gets 8 KiB of a search, one link 64 KiB, however many names it
// makes up.
func TestHitBudgets(t *testing.T) {
	long := strings.Repeat("bird ", 40)
	tests := map[string]struct {
		holders, batches int
		bytesMax         int
	}{
		"one holder":   {holders: 1, batches: 40, bytesMax: query.HitBytesMax},
		"many holders": {holders: 40, batches: 1, bytesMax: 64 << 10},
	}
	for name, tt := range tests {
		o := startNode(t, "A", nil)
		sent, batchBytes := 0, 0
		p := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
			for range tt.holders {
				key := hostile.Key()
				for range tt.batches {
					b := &query.Batch{GUID: c.Query.GUID, Record: hostile.RecordOf(key, "/ip4/127.0.0.1/tcp/1"), Expires: time.Now().Add(time.Minute)}
					for range 12 {
						sent++
						b.Entries = append(b.Entries, file(fmt.Sprint(long, sent)))
					}
					envelope := hostile.Sign(key, hostile.HitDomain, hostile.HitCodec, payloadOf(b))
					batchBytes = len(envelope)
					l.Hits(hostile.Carry(c.Query.GUID, envelope))
				}
			}
			l.Echo(c, query.Sums{Reached: 1})
		}})
		shake(t, p, o)
		r := search(t, o, query.Spec{})
		if shown, most := r.receipt.Entries/12, tt.bytesMax/batchBytes; shown != most {
			t.Errorf("%s: %d of %d batches of %d bytes shown, want %d", name, shown, sent/12, batchBytes, most)
		}
		if got, want := o.Drops()["hit-budget"], sent/12-tt.bytesMax/batchBytes; got != want {
			t.Errorf("%s: %d dropped for the budget, want %d", name, got, want)
		}
	}
}

// A hit gives no address that its holder did not sign, and nobody is dialled for
// it: a third party that never joined hears nothing.
func TestHitsNameNoThirdParty(t *testing.T) {
	victim, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	dialled := make(chan struct{}, 1)
	go func() {
		if c, err := victim.Accept(); err == nil {
			c.Close()
			dialled <- struct{}{}
		}
	}()
	address := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", victim.Addr().(*net.TCPAddr).Port)
	other := newPeer(t, hostile.Options{}) // a real node, of which the liar tells
	unknown := newPeer(t, hostile.Options{})
	p := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		for i, record := range [][]byte{
			other.Record(address), // signed, by somebody else
			hostile.Tampered(unknown.Record("/ip4/127.0.0.1/tcp/1"), func(b []byte) []byte { return bytes.Replace(b, []byte{0, 1}, []byte{9, 9}, 1) }),
			[]byte("no record"), nil,
		} {
			b := l.Peer().Batch(c.Query.GUID, file(fmt.Sprint("bird ", i)))
			b.Record = record
			l.Hits(hostile.Carry(c.Query.GUID, l.Peer().Seal(b)))
		}
		l.Echo(c, query.Sums{Reached: 1})
	}})
	o := startNode(t, "A", func(opts *overlay.Options) { opts.StaticMesh = false })
	shake(t, p, o)
	if r := search(t, o, query.Spec{}); len(r.names[p.ID()]) != 4 {
		t.Fatalf("shown: %v", r.names)
	}
	for _, node := range []string{other.ID(), unknown.ID()} {
		if _, err := o.OpenStream(t.Context(), node, hostile.ProtocolTransfer); !errors.Is(err, overlay.ErrUnknownNode) {
			t.Errorf("a node of which another told: %v", err)
		}
	}
	select {
	case <-dialled:
		t.Error("the victim was dialled")
	default:
	}
}
