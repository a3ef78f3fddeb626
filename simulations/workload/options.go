package workload

import (
	"fmt"
	"math"
)

// Options says what a network holds. The zero value of a field means its default.
type Options struct {
	// Nodes is the number of nodes that files are placed on, at least 1. Nodes
	// beyond it hold nothing until they are placed.
	Nodes int
	// Files is the number of distinct files. Default: as many as leave the rarest
	// file one copy, and no more than there are names; with collections, all
	// names. Every file has at least one copy, so more files than that leave a
	// flat tail of single copies and fill the nodes beyond PerNode.
	Files int
	// Zipf is the exponent of popularity, of copies and of queries alike.
	// Default 0.9; below 0 means none: all are equally popular.
	Zipf float64
	// FreeRiders is the share of nodes that hold nothing, less than 1. Default
	// 0.25; below 0 means none.
	FreeRiders float64
	// PerNode is the mean number of collections on a node that holds any, at
	// least 1. Default 10, or 2 where names have collections of many files.
	PerNode float64
	// Tail is the exponent of the Pareto distribution of how much a node holds,
	// more than 1. Default 1.4: one node in ten of those that share then holds
	// half of all copies. Smaller is more unequal.
	Tail float64
	// FilterShare is the share of queries with a type: or ext: filter. Default
	// 0.05; below 0 means none.
	FilterShare float64
	// NoEcho makes queries that want no echoes.
	NoEcho bool
	// MemoBytes bounds what is remembered of queries under way. Default 64 MiB.
	// Less than the queries under way need makes each node match them again.
	MemoBytes int64
}

// copiesMax bounds the copies of all files: beyond it their numbers overflow.
const copiesMax = math.MaxInt32

// nodesMax bounds the nodes, which are numbered by int32.
const nodesMax = 1 << 30

func (o Options) withDefaults() Options {
	orDefault(&o.Zipf, 0.9)
	orDefault(&o.FreeRiders, 0.25)
	orDefault(&o.Tail, 1.4)
	orDefault(&o.FilterShare, 0.05)
	orDefault(&o.MemoBytes, 64<<20)
	o.Zipf, o.FreeRiders, o.FilterShare = max(o.Zipf, 0), max(o.FreeRiders, 0), max(o.FilterShare, 0)
	return o
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check judges options with their defaults filled in.
func (o Options) check() error {
	switch {
	case o.Nodes < 1 || o.Nodes > nodesMax:
		return fmt.Errorf("files for %d nodes: give a number of nodes from 1 to %d", o.Nodes, nodesMax)
	case o.Files < 0:
		return fmt.Errorf("%d files: give 1 or more, or 0 for as many as suit the nodes", o.Files)
	case !(o.Zipf <= 10):
		return fmt.Errorf("a Zipf exponent of %g: give one from 0 to 10, such as 0.9", o.Zipf)
	case !(o.FreeRiders < 1):
		return fmt.Errorf("a share of %g free riders leaves nobody who shares: give less than 1", o.FreeRiders)
	case o.PerNode != 0 && !(o.PerNode >= 1 && o.PerNode <= math.MaxInt32):
		return fmt.Errorf("%g files on a node that shares: give 1 or more", o.PerNode)
	case !(o.Tail > 1 && o.Tail <= 1000):
		return fmt.Errorf("a tail exponent of %g: give more than 1, such as 1.4", o.Tail)
	case !(o.FilterShare <= 1):
		return fmt.Errorf("filters in a share of %g of the queries: give 1 at most", o.FilterShare)
	}
	return nil
}

// sharers is the number of nodes that hold something, at least 1.
func (o Options) sharers() int {
	return max(1, o.Nodes-int(math.Round(float64(o.Nodes)*o.FreeRiders)))
}
