package live

import (
	"errors"
	"fmt"

	"starling/simulations/topology"
)

// Options says what a network of whole nodes is to be. DefaultOptions has values
// that work; a zero is a zero.
type Options struct {
	// Nodes is how many whole nodes run, 2 to 1000. At degree 8 each takes some
	// 3 MiB, 160 goroutines and 20 file descriptors.
	Nodes int
	// Degree is the links of each node in a drawn mesh, 1 or more. Where there
	// are too few nodes for it, each is linked to all others.
	Degree int
	// Forming lets the nodes make the mesh themselves, from the address of one,
	// by the mesh policy that ships. Degree is then what they look for.
	Forming bool
	// Seed decides the mesh, the files and the questions.
	Seed uint64
	// Searches is how many questions are asked, each of a node that chance picks.
	Searches int
	// FilesPerNode is how many files each node shares; FileBytes the size of each.
	FilesPerNode int
	FileBytes    int64
	// Holders are the nodes that share one large file of FetchBytes more, which
	// one other node fetches from all of them: 1 to Nodes-1.
	Holders    int
	FetchBytes int64
	// Dir is where the temporary folder is made; "" is the system's own place.
	Dir string
}

// DefaultOptions are fifty nodes in a mesh of degree 8.
func DefaultOptions() Options {
	return Options{
		Nodes: 50, Degree: 8, Seed: 1, Searches: 20, FilesPerNode: 4, FileBytes: 64 << 10, Holders: 5, FetchBytes: 4 << 20,
	}
}

// Limits of a network on one machine.
const (
	nodesMax  = 1000
	nodeBytes = 4 << 20 // memory for each node: 200 of degree 8 took 2.8 MiB each
	diskMax   = 4 << 30 // bytes of files that are written
)

// ErrOptions reports options that no network can be made of.
var ErrOptions = errors.New("these settings cannot be run")

func (o Options) check() error {
	switch {
	case o.Nodes < 2 || o.Nodes > nodesMax:
		return fmt.Errorf("%w: %d nodes; whole nodes come in numbers from 2 to %d, and more are for the other scenarios", ErrOptions, o.Nodes, nodesMax)
	case o.Degree < 1:
		return fmt.Errorf("%w: a degree of %d; give each node a link or more", ErrOptions, o.Degree)
	case o.Searches < 0 || o.FilesPerNode < 0 || o.FileBytes < 0 || o.FetchBytes < 1:
		return fmt.Errorf("%w: %d searches, %d files of %d bytes, one of %d bytes to fetch; none may be below zero, nor the last be zero",
			ErrOptions, o.Searches, o.FilesPerNode, o.FileBytes, o.FetchBytes)
	case o.Holders < 1 || o.Holders >= o.Nodes:
		return fmt.Errorf("%w: %d holders of the file to fetch; that is 1 to %d, since one node fetches it", ErrOptions, o.Holders, o.Nodes-1)
	}
	if need, free := int64(o.Nodes)*nodeBytes, topology.Available(); free > 0 && need > free {
		return fmt.Errorf("%w: %d whole nodes need about %d MiB of memory and %d MiB are free; take fewer nodes", ErrOptions, o.Nodes, need>>20, free>>20)
	}
	files, fetch := int64(o.Nodes)*int64(o.FilesPerNode), int64(o.Holders)+1
	if o.FileBytes > 0 && files > diskMax/o.FileBytes || fetch > diskMax/o.FetchBytes || files*o.FileBytes+fetch*o.FetchBytes > diskMax {
		return fmt.Errorf("%w: %d files of %d bytes and %d of %d bytes would be written, more than %d GiB in all; make them fewer or smaller",
			ErrOptions, files, o.FileBytes, fetch, o.FetchBytes, diskMax>>30)
	}
	return nil
}
