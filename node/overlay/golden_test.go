package overlay

import (
	"encoding/hex"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"starling/node/overlay/pb"
)

// Golden vectors: these bytes are the protocol. A change here is a new version of it.
func TestGoldenMesh(t *testing.T) {
	for _, c := range []struct {
		name    string
		message proto.Message
		parts   []string // tag and length, then the fields
	}{
		{"hello", &pb.Mesh{Kind: &pb.Mesh_Hello{Hello: &pb.Hello{Agent: "a/1", Role: 1, Record: []byte("rec"), Neighbours: 8, Slots: 4}}},
			[]string{"0a 10", "0a 03 612f31", "10 01", "1a 03 726563", "20 08", "28 04"}},
		{"ready", &pb.Mesh{Kind: &pb.Mesh_Ready{Ready: &pb.Ready{}}},
			[]string{"12 00"}},
		{"ping", &pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{Nonce: 300, Want: true}}},
			[]string{"1a 05", "08 ac02", "10 01"}},
		{"pong", &pb.Mesh{Kind: &pb.Mesh_Pong{Pong: &pb.Pong{Nonce: 300, Candidates: [][]byte{[]byte("rec")}, Neighbours: 8}}},
			[]string{"22 0a", "08 ac02", "12 03 726563", "18 08"}},
		{"bye", &pb.Mesh{Kind: &pb.Mesh_Bye{Bye: &pb.Bye{Code: byeFull, Reason: "no", Candidates: [][]byte{[]byte("rec")}}}},
			[]string{"2a 0c", "08 f703", "12 02 6e6f", "1a 03 726563"}},
		{"node record", &pb.NodeRecord{Addresses: [][]byte{[]byte("addr")}, Sequence: 7},
			[]string{"0a 04 61646472", "10 07"}},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(strings.Join(c.parts, ""), " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := proto.Marshal(c.message)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %x, %v; want %x", c.name, got, err, want)
		}
	}
	codes := []int{byeShutdown, byePruned, byeMalformed, byeForged, byeAlready, byeShunned, byeOverRate, byeBroken, byeFull, byeVersion}
	for i, want := range []int{200, 201, 400, 403, 409, 410, 429, 502, 503, 505} {
		if codes[i] != want {
			t.Errorf("code %d became %d", want, codes[i])
		}
	}
}
