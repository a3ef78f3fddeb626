package overlay

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"starling/node/overlay/pb"
	"starling/query"
	"starling/share/content"
)

func TestIdentityIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "identity.key")
	first, err := LoadIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadIdentity(path)
	if err != nil || again.ID() != first.ID() {
		t.Errorf("came back as %s, %v; was %s", again.ID(), err, first.ID())
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".identity-*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestIdentityRefusesWhatItCannotTrust(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good")
	if _, err := LoadIdentity(good); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(good)
	tests := []struct {
		name string
		raw  []byte
		mode os.FileMode
		word string
	}{
		{"readable by the group", raw, 0o640, "chmod 600"},
		{"readable by others", raw, 0o604, "chmod 600"},
		{"truncated", raw[:20], 0o600, "damaged"},
		{"empty", nil, 0o600, "damaged"},
		{"garbage", []byte("hello"), 0o600, "damaged"},
		{"huge", make([]byte, 1<<20), 0o600, "not a key file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, tt.raw, 0o600); err != nil {
				t.Fatal(err)
			}
			os.Chmod(path, tt.mode)
			_, err := LoadIdentity(path)
			if err == nil || !strings.Contains(err.Error(), tt.word) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want a word about %q", err, tt.word)
			}
			if after, _ := os.ReadFile(path); string(after) != string(tt.raw) {
				t.Error("the file was changed")
			}
		})
	}
}

func addr(t testing.TB, s string) ma.Multiaddr {
	t.Helper()
	a, err := ma.NewMultiaddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRecordsSaySomethingAboutTheirSignerOnly(t *testing.T) {
	id, _ := NewIdentity()
	raw, err := sealContact(id, []ma.Multiaddr{
		addr(t, "/ip4/127.0.0.1/tcp/1"), addr(t, "/ip4/10.0.0.1/tcp/6346"), addr(t, "/ip4/10.0.0.1/udp/1/quic-v1"),
	}, time.UnixMilli(7))
	if err != nil {
		t.Fatal(err)
	}
	c, err := openContact(raw)
	if err != nil || c.id != id.id || c.sequence != 7 {
		t.Fatalf("got %+v, %v", c, err)
	}
	if got := fmt.Sprint(c.addrs); got != "[/ip4/10.0.0.1/tcp/6346]" {
		t.Errorf("addresses %s: want those others can dial, without loopback", got)
	}
	for i := range raw {
		forged := append([]byte(nil), raw...)
		forged[i] ^= 1
		if c, err := openContact(forged); err == nil && (c.id == id.id && fmt.Sprint(c.addrs) != "[/ip4/10.0.0.1/tcp/6346]") {
			t.Fatalf("byte %d changed: another address under the same signature", i)
		}
	}
	hits, _ := sealHits(id, &query.Batch{Expires: time.Now().Add(time.Minute), Entries: []query.Entry{{Name: "a", HeldGroups: 1, Groups: 1}}})
	if _, err := openContact(hits.Envelope); err == nil {
		t.Error("a signature over hits passed for one over a record")
	}
}

func TestOpenHits(t *testing.T) {
	id, _ := NewIdentity()
	now := time.Now()
	sealed := func(guid query.GUID, expires time.Time) *query.Hits {
		h, err := sealHits(id, &query.Batch{GUID: guid, Expires: expires, Entries: []query.Entry{
			{Name: "a", SizeBytes: 1, ID: content.ID{1}, HeldGroups: 1, Groups: 1},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return &query.Hits{GUID: guid, Envelope: h.Envelope}
	}
	good := sealed(query.GUID{1}, now.Add(time.Minute))
	changed := &query.Hits{GUID: good.GUID, Envelope: append([]byte(nil), good.Envelope...)}
	changed.Envelope[len(changed.Envelope)-1] ^= 1
	tests := map[string]struct {
		hits *query.Hits
		want query.Kind
	}{
		"good":                {good, query.KindVerified},
		"changed":             {changed, query.KindForged},
		"of another query":    {&query.Hits{GUID: query.GUID{2}, Envelope: good.Envelope}, query.KindForged},
		"no envelope":         {&query.Hits{GUID: query.GUID{1}}, query.KindForged},
		"expired":             {sealed(query.GUID{1}, now.Add(-time.Minute)), query.KindStale},
		"from the far future": {sealed(query.GUID{1}, now.Add(time.Hour)), query.KindStale},
	}
	for name, tt := range tests {
		m := openHits(query.Message{Kind: query.KindHits, Hits: tt.hits}, now)
		if m.Kind != tt.want {
			t.Errorf("%s: kind %d, want %d", name, m.Kind, tt.want)
		}
		if m.Kind == query.KindVerified && m.Hits.Batch.Holder != id.ID() {
			t.Errorf("%s: holder %s", name, m.Hits.Batch.Holder)
		}
	}
}

// A neighbour that is gone without a bye is tried again after an eighth of its
// absence at the latest, and a contact that never was one ever more seldom.
func TestTheMissedAreTriedAgain(t *testing.T) {
	c := newContacts()
	lost := time.Unix(1e9, 0)
	nobody := func(peer.ID) bool { return false }
	for _, id := range []peer.ID{"missed", "other"} {
		c.add(contact{id: id, addrs: []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/1")}, raw: []byte{1}}, lost)
	}
	c.worked("missed", lost)
	c.miss("missed", lost)
	now := lost
	for now.Sub(lost) < 30*time.Hour {
		if got := c.pickMissed(now, nobody); len(got) != 1 || got[0] != "missed" {
			t.Fatalf("%v after the loss: tries %v", now.Sub(lost), got)
		}
		if got := c.pickMissed(now, func(p peer.ID) bool { return p == "missed" }); len(got) != 0 {
			t.Fatalf("tries %v, which is taken", got)
		}
		c.failed("missed", now)
		wait := min(max(retryFirst, now.Sub(lost)/missedShare), retryMost)
		if got := c.pickMissed(now.Add(retryFirst-1), nobody); len(got) != 0 {
			t.Fatalf("%v after the loss: tried again at once", now.Sub(lost))
		}
		now = now.Add(wait + wait/4) // the quarter is chance
	}
	c.worked("missed", now)
	if got := c.pickMissed(now.Add(time.Hour), nobody); len(got) != 0 {
		t.Errorf("%v is back and still missed", got)
	}
	for range 15 {
		c.failed("other", now)
	}
	if got := c.pick(2, now.Add(retryMost-1), func(p peer.ID) bool { return p == "missed" }); len(got) != 0 {
		t.Errorf("%v, which never worked, is tried within the hour", got)
	}
}

// Who says bye is not missed, nor who was parted from for what it did.
func TestWhoVanished(t *testing.T) {
	for _, tt := range []struct {
		why  error
		want bool
	}{
		{fmt.Errorf("read mesh stream: %w", os.ErrDeadlineExceeded), true},
		{errParted{&pb.Bye{Code: byeBroken}}, true},
		{errParted{&pb.Bye{Code: byePruned}}, false},
		{errParted{&pb.Bye{Code: byeShutdown}}, false},
		{errParted{&pb.Bye{Code: byeForged}}, false},
		{fmt.Errorf("link: %w", errLeft{&pb.Bye{Code: byeShutdown}}), false},
		{errLeft{&pb.Bye{Code: byePruned}}, false},
	} {
		if got := vanished(tt.why); got != tt.want {
			t.Errorf("%v: vanished %v", tt.why, got)
		}
	}
}

// An overlay signs with its host's key, and takes over no host that has none.
func TestHostWithoutAKeyForUs(t *testing.T) {
	key, _, err := crypto.GenerateECDSAKeyPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, err := libp2p.New(libp2p.Identity(key), libp2p.ListenAddrStrings(loopback), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	if o, err := NewOn(h, Options{}); o != nil || err == nil || !strings.Contains(err.Error(), "Ed25519") {
		t.Errorf("got %v, %v", o, err)
	}
	if left := h.Network().ListenAddresses(); len(left) != 0 {
		t.Errorf("the host still listens at %v", left)
	}
}

func TestContactsAreCappedAndKeepWhatWorked(t *testing.T) {
	c := newContacts()
	now := time.Unix(1e9, 0)
	a := []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/1")}
	c.add(contact{id: "good", addrs: a, raw: []byte{1}}, now)
	c.worked("good", now)
	for i := range 3 * contactsMax {
		c.add(contact{id: peer.ID(fmt.Sprint(i)), addrs: a}, now.Add(time.Duration(i)))
	}
	if c.count() != contactsMax {
		t.Errorf("%d contacts, cap %d", c.count(), contactsMax)
	}
	if c.addrs("good") == nil {
		t.Error("a flood of new contacts pushed out one that worked")
	}
	if got := c.records(10, ""); len(got) != 1 {
		t.Errorf("%d records to tell of, want the one that is signed and worked", len(got))
	}
}

func TestContactsWaitLongerEachTime(t *testing.T) {
	c := newContacts()
	now := time.Unix(1e9, 0)
	c.add(contact{id: "x", addrs: []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/1")}}, now)
	nobody := func(peer.ID) bool { return false }
	for i := range 40 {
		c.failed("x", now)
		if wait := c.byID["x"].notUntil.Sub(now); wait < retryFirst || wait > retryMost+retryMost/4 {
			t.Fatalf("failure %d: waits %v", i, wait)
		}
	}
	if got := c.pick(1, now.Add(retryMost/2), nobody); len(got) != 0 {
		t.Error("tried again too soon")
	}
	c.worked("x", now)
	if got := c.pick(1, now, nobody); len(got) != 1 {
		t.Error("one that works is not tried")
	}
}

// An unsigned address never replaces what the owner signed, and an old record
// never a newer one.
func TestContactRecordsAreNotReplacedByOlder(t *testing.T) {
	c := newContacts()
	now := time.Unix(1e9, 0)
	one, two := []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/1")}, []ma.Multiaddr{addr(t, "/ip4/10.0.0.2/tcp/2")}
	c.add(contact{id: "x", addrs: one, raw: []byte{2}, sequence: 2}, now)
	c.add(contact{id: "x", addrs: two, raw: []byte{1}, sequence: 1}, now)
	if got := fmt.Sprint(c.addrs("x")); got != fmt.Sprint(one) {
		t.Errorf("an older record gave %s", got)
	}
	c.add(contact{id: "x", addrs: two, raw: []byte{3}, sequence: 3}, now)
	if got := fmt.Sprint(c.addrs("x")); got != fmt.Sprint(two) {
		t.Errorf("a newer record gave %s", got)
	}
}

func TestBrokenHostCacheIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hosts.json")
	os.WriteFile(path, []byte("{not json"), 0o600)
	if err := loadHosts(path, newContacts(), time.Unix(5, 0)); err == nil || !strings.Contains(err.Error(), "set aside") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path + ".broken-5"); err != nil {
		t.Error(err)
	}
	if err := loadHosts(path, newContacts(), time.Now()); err != nil {
		t.Errorf("the second start: %v", err)
	}
}

func TestPackKeepsTheLimits(t *testing.T) {
	var entries []query.Entry
	for i := range 100 {
		entries = append(entries, query.Entry{Name: strings.Repeat("n", 20+i), SizeBytes: 1 << 40, ID: content.ID{byte(i)}, HeldGroups: 3, Groups: content.LayoutOf(1 << 40).Groups()})
	}
	id, _ := NewIdentity()
	record, _ := sealContact(id, []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/6346")}, time.Now())
	total, count := 0, 0
	for _, batch := range pack(entries, len(record), query.HitBytesMax) {
		h, err := sealHits(id, &query.Batch{Record: record, Expires: time.Now(), FreeSlots: 100, Entries: batch})
		if err != nil {
			t.Fatal(err)
		}
		total += len(h.Envelope)
		count += len(batch)
		if len(batch) > query.EntriesMax {
			t.Errorf("a batch of %d entries", len(batch))
		}
	}
	if total > query.HitBytesMax || total < query.HitBytesMax/2 {
		t.Errorf("%d entries in %d bytes; a holder may send %d", count, total, query.HitBytesMax)
	}
}

// Tags have the room that names leave: they push no entry out, and use what is left.
func TestPackPrefersNamesToTags(t *testing.T) {
	id, _ := NewIdentity()
	record, _ := sealContact(id, []ma.Multiaddr{addr(t, "/ip4/10.0.0.1/tcp/6346")}, time.Now())
	send := func(entries, nameBytes int, tags string) (out, tagged, bytes int) {
		var all []query.Entry
		for i := range entries {
			all = append(all, query.Entry{Name: strings.Repeat("n", nameBytes), SizeBytes: 1 << 40, ID: content.ID{byte(i)},
				HeldGroups: 3, Groups: content.LayoutOf(1 << 40).Groups(), Tags: tags})
		}
		for _, batch := range pack(all, len(record), query.HitBytesMax) {
			h, err := sealHits(id, &query.Batch{Record: record, Expires: time.Now(), FreeSlots: 100, Entries: batch})
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(h.Envelope)
			for _, e := range batch {
				if out++; e.Tags != "" {
					tagged++
				}
			}
		}
		return out, tagged, bytes
	}
	for _, c := range []struct{ entries, nameBytes, least, most int }{{10, 20, 10, 10}, {60, 30, 5, 15}, {60, 255, 0, 1}} {
		bare, _, _ := send(c.entries, c.nameBytes, "")
		out, tagged, bytes := send(c.entries, c.nameBytes, strings.Repeat("t", query.TagsBytesMax))
		if bytes > query.HitBytesMax || out != bare || tagged < c.least || tagged > c.most {
			t.Errorf("%d entries with names of %d bytes: %d go out in %d bytes, %d with tags, and %d when there are none", c.entries, c.nameBytes, out, bytes, tagged, bare)
		}
	}
}

func TestOutboxDropsWhatDoesNotFit(t *testing.T) {
	b := newOutbox()
	for range 1000 {
		b.push(query.Message{Kind: query.KindHits, Hits: &query.Hits{Envelope: make([]byte, query.HitBytesMax)}})
	}
	if b.waiting() > hitQueueBytes || b.lost == 0 {
		t.Errorf("%d bytes wait, %d were dropped", b.waiting(), b.lost)
	}
	for batch := b.take(); len(batch) > 0; batch = b.take() {
		frame, err := query.EncodeFrame(batch)
		if err != nil || len(frame) > query.FrameBytesMax {
			t.Fatalf("a frame of %d bytes, %v", len(frame), err)
		}
	}
	if b.waiting() != 0 {
		t.Errorf("%d bytes left", b.waiting())
	}
}

func FuzzNodeRecord(f *testing.F) {
	id, _ := NewIdentity()
	raw, _ := sealContact(id, []ma.Multiaddr{addr(f, "/ip4/10.0.0.1/tcp/6346")}, time.Now())
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := openContact(b); err == nil && (c.id == "" || len(c.addrs) > addressesMax) {
			t.Fatalf("%+v", c)
		}
	})
}
