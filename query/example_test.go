package query_test

import (
	"fmt"
	"time"

	"starling/query"
	"starling/share/words"
)

// A query enters one router as a message from Self. What to do about it comes
// back as effects, here one copy for each of two neighbours.
func ExampleRouter() {
	expr, err := words.Parse("murmuration ext:mp4")
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := query.NewQuery(expr, 0, false, [16]byte{1})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := query.New(query.Options{})
	r.LinkUp(1)
	r.LinkUp(2)
	now := time.Unix(0, 0)
	for _, e := range r.Handle(query.Self, query.Message{Kind: query.KindQuery, TTL: 7, Query: q}, now, nil) {
		fmt.Printf("send to link %d with TTL %d\n", e.Link, e.Message.TTL)
	}
	// The same query coming back is a duplicate.
	for _, e := range r.Handle(2, query.Message{Kind: query.KindQuery, TTL: 6, Hops: 1, Query: q}, now, nil) {
		fmt.Println("drop:", e.Reason)
	}
	// Output:
	// send to link 1 with TTL 7
	// send to link 2 with TTL 7
	// drop: duplicate
}
