package content_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"starling/share/content"
)

const (
	someXT   = "xt=urn:blake3:" + someHex
	someNode = "/ip4/192.0.2.7/tcp/6346/p2p/12D3KooWExample"
)

func someID(t testing.TB) content.ID {
	id, err := content.ParseID(someHex)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestMagnetText(t *testing.T) {
	m := content.Magnet{ID: someID(t), Name: "a murmuration & more+.txt", SizeBytes: 27, Nodes: []string{someNode}}
	want := "magnet:?" + someXT + "&xl=27&dn=a%20murmuration%20%26%20more%2B.txt&x.node=" + someNode
	if m.String() != want {
		t.Errorf("%s\nwant %s", m, want)
	}
}

func TestParseMagnet(t *testing.T) {
	id := someID(t)
	for link, want := range map[string]content.Magnet{
		"magnet:?" + someXT: {ID: id},
		"MAGNET:?xt=URN:BLAKE3:" + strings.ToUpper(someHex):                              {ID: id},
		"magnet:?dn=two+words&" + someXT + "&xl=0":                                       {ID: id, Name: "two words"},
		"magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056&" + someXT:         {ID: id},
		"magnet:?" + someXT + "&tr=udp%3A%2F%2Ftracker&x.node=" + someNode:               {ID: id, Nodes: []string{someNode}},
		"magnet:?" + someXT + "&" + someXT + "&xl=9&dn=%E2%9C%93":                        {ID: id, SizeBytes: 9, Name: "✓"},
		"magnet:?" + someXT + "&x.node=/dns/a/tcp/1/p2p/Q&x.node=/ip6/::1/tcp/1/p2p/Qm1": {ID: id, Nodes: []string{"/dns/a/tcp/1/p2p/Q", "/ip6/::1/tcp/1/p2p/Qm1"}},
	} {
		got, err := content.ParseMagnet(link)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, %v", link, got, err)
		}
	}
}

func TestParseMagnetRefusesAndSaysWhy(t *testing.T) {
	other := strings.Replace(someXT, "bbb", "ccc", 1)
	for link, reason := range map[string]string{
		"":                                "does not begin",
		"http://example.org/":             "does not begin",
		"magnet:" + someXT:                "does not begin",
		"magnet:?":                        "it has no xt",
		"magnet:?dn=x":                    "it has no xt",
		"magnet:?xt=urn:btih:" + someHex:  "it has no xt",
		"magnet:?xt=urn:blake3:abc":       "64 hexadecimal digits",
		"magnet:?" + someXT + "&" + other: "two different",
		"magnet:?" + someXT + "&xl=-1":    "xl must be",
		"magnet:?" + someXT + "&xl=":      "xl must be",
		"magnet:?" + someXT + "&xl=1e9":   "xl must be",
		"magnet:?" + someXT + "&xl=9" + "99999999999999999999":                  "xl must be",
		"magnet:?" + someXT + "&xl=1125899906842625":                            "xl must be",
		"magnet:?" + someXT + "&dn=%ff":                                         "UTF-8",
		"magnet:?" + someXT + "&dn=" + strings.Repeat("a", 1025):                "at most 1024",
		"magnet:?" + someXT + "&dn=%zz":                                         "invalid URL escape",
		"magnet:?" + someXT + "&x.node=192.0.2.7:6346":                          "x.node must be",
		"magnet:?" + someXT + "&x.node=/ip4/192.0.2.7/tcp/6346":                 "x.node must be",
		"magnet:?" + someXT + "&x.node=/ip4/1%0A/p2p/Q":                         "x.node must be",
		"magnet:?" + someXT + "&x.node=/" + strings.Repeat("a", 510) + "/p2p/Q": "x.node must be",
		"magnet:?" + someXT + strings.Repeat("&x.node="+someNode, 17):           "more than 16",
		"magnet:?" + someXT + strings.Repeat("&", 8<<10):                        "longer than",
	} {
		_, err := content.ParseMagnet(link)
		if !errors.Is(err, content.ErrBadMagnet) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.100s: %v, want %q", link, err, reason)
		}
	}
}

func TestMagnetRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := content.Magnet{
			ID:        content.ID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id")),
			Name:      rapid.StringN(0, 60, 200).Filter(utf8.ValidString).Draw(t, "name"),
			SizeBytes: rapid.Int64Range(0, content.MaxSizeBytes).Draw(t, "size"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "nodes") {
			m.Nodes = append(m.Nodes, someNode)
		}
		got, err := content.ParseMagnet(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%s\n%+v\n%+v, %v", m, m, got, err)
		}
	})
}

func FuzzParseMagnet(f *testing.F) {
	f.Add("magnet:?" + someXT + "&xl=27&dn=a%20b&x.node=" + someNode)
	f.Add("magnet:?xt=urn:blake3:")
	f.Add("magnet:?" + someXT + "&dn=%00%ff;&&=&xl=0x1")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := content.ParseMagnet(s)
		if err != nil {
			return
		}
		// Escaping can make a link longer than what was pasted.
		if len(m.String()) > 8<<10 {
			return
		}
		again, err := content.ParseMagnet(m.String())
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("%q\n%+v\n%+v, %v", s, m, again, err)
		}
	})
}
