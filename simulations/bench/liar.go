package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"starling/share/content"
	"starling/simulations/hostile"
	"starling/transfer/pb"
)

// stallAfter is how many groups a source sends that means to be trusted first.
const stallAfter = 20

// serveLiar is a node that offers a file and lies about it: it speaks every
// protocol properly up to the lie. The kinds are poison, stall and size; nth makes
// liars of one kind differ. It sends up bytes/s at most.
func serveLiar(path, kind, nth, up string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(nth)
	if err != nil {
		return err
	}
	rate, err := strconv.ParseInt(up, 10, 64)
	if err != nil {
		return err
	}
	source, err := lie(kind, n, data)
	if err != nil {
		return err
	}
	source.Bytes = data
	spoil := source.Group
	source.Group = func(g int, group []byte) []byte {
		time.Sleep(time.Duration(float64(len(group)) / float64(rate) * float64(time.Second)))
		if spoil != nil {
			group = spoil(g, group)
		}
		return group
	}
	peer, err := hostile.New(context.Background(), hostile.Options{})
	if err != nil {
		return err
	}
	if err := peer.Serve(source); err != nil {
		return err
	}
	fmt.Println(peer.Address())
	select {}
}

// lie is what the nth liar of a kind does.
func lie(kind string, n int, data []byte) (*hostile.Source, error) {
	layout := content.LayoutOf(int64(len(data)))
	switch kind {
	case "poison": // every group, every fourth, every seventh; the last proves the size
		every := 1 + 3*(n%3)
		return &hostile.Source{Group: func(g int, group []byte) []byte {
			if g%every == 0 && g != layout.Groups()-1 {
				group[len(group)/2] ^= 1
			}
			return group
		}}, nil
	case "stall": // at the first request, or after some groups
		if n%2 == 0 {
			return &hostile.Source{Silent: func(m *pb.Message) bool { return m.GetRange() != nil }}, nil
		}
		var sent atomic.Int64
		return &hostile.Source{
			Group:  func(_ int, group []byte) []byte { sent.Add(1); return group },
			Silent: func(m *pb.Message) bool { return m.GetRange() != nil && sent.Load() >= stallAfter },
		}, nil
	case "size":
		sizes := []uint64{uint64(len(data)) + 1, uint64(len(data)) - 1, uint64(content.MaxSizeBytes), 0}
		return &hostile.Source{Have: func(h *pb.Have) { h.SizeBytes = sizes[n%len(sizes)] }}, nil
	}
	return nil, fmt.Errorf("there is no lie %q", kind)
}
