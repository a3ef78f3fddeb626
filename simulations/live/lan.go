package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/node"
	"starling/simulations"
	"starling/simulations/topology"
)

// Progress says how far a run has come.
type Progress struct {
	Step     string // what is being done: "nodes started", "links", "searches"
	Done, Of int
}

const (
	atOnce   = 8               // nodes started, links made at the same time
	stepWait = 2 * time.Minute // a step that takes longer hangs
)

var errSlow = fmt.Errorf("it took longer than %v: the machine is too slow or too busy for so many nodes", stepWait)

// LAN runs a network of whole nodes on this machine, asks it questions, fetches a
// file from all who hold it, and says what it found out. progress, if not nil, is
// called from this goroutine's side of the work, one call at a time.
//
// When ctx ends first, the result holds what was known by then, is marked as
// interrupted, and the error is nil. Otherwise errors are ErrOptions, or what went
// wrong with a node; the result then holds what was known as well. All nodes are
// gone and the temporary folder is removed when LAN returns.
func LAN(ctx context.Context, o Options, progress func(Progress)) (result *simulations.Result, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		o.Dir = parentDir()
	}
	dir, err := os.MkdirTemp(o.Dir, "starling-live-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the nodes: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w := &lan{Options: o, dir: dir, rng: rand.New(rand.NewPCG(o.Seed, 0x11fe)), nodes: make([]*wholeNode, o.Nodes), progress: progress}
	err = w.run(ctx)
	interrupted := ctx.Err() != nil
	if interrupted && errors.Is(err, ctx.Err()) {
		err = nil
	}
	err = errors.Join(err, w.stop())
	result = w.result()
	result.Interrupted = interrupted
	return result, err
}

// A lan is a network of whole nodes and what is known of it.
type lan struct {
	Options
	dir   string
	rng   *rand.Rand
	graph *topology.Graph
	files collection
	nodes []*wholeNode // nil until started
	held  []int        // files each shares

	mu       sync.Mutex // guards progress calls and done
	progress func(Progress)
	done     map[string]int

	started  time.Duration // from the first node's start to the last link
	links    int
	searches []search
	fetch    *fetch
}

// run performs the steps, one after another.
func (w *lan) run(ctx context.Context) error {
	w.files = collect(w.Options, w.rng)
	if err := w.draw(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.layOut, w.start, w.index, w.ask, w.fetchOne} {
		bounded, cancel := context.WithTimeoutCause(ctx, stepWait, errSlow)
		err := step(bounded)
		slow := errors.Is(context.Cause(bounded), errSlow)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && slow {
			return fmt.Errorf("%w (%w)", errSlow, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// draw makes the mesh; nodes that form one themselves need none.
func (w *lan) draw() (err error) {
	if w.Forming {
		return nil
	}
	degree := min(w.Degree, w.Nodes-1)
	if degree*w.Nodes%2 == 1 {
		degree-- // an odd number of link ends pairs with nothing
	}
	if degree < 1 {
		return fmt.Errorf("%w: %d nodes of degree %d do not pair; make either number even", ErrOptions, w.Nodes, w.Degree)
	}
	w.graph, err = topology.Regular(w.Nodes, degree, w.rng)
	return err
}

// step reports one more of a step's parts done.
func (w *lan) step(name string, of int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done == nil {
		w.done = map[string]int{}
	}
	w.done[name]++
	if w.progress != nil {
		w.progress(Progress{Step: name, Done: w.done[name], Of: of})
	}
}

func (w *lan) dirOf(i int) string { return filepath.Join(w.dir, fmt.Sprint(i)) }

// layOut gives each node its files.
func (w *lan) layOut(ctx context.Context) error {
	w.held = make([]int, w.Nodes)
	for i := range w.Nodes {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := w.files.write(w.Options, i, filepath.Join(w.dirOf(i), "shared", "recordings"))
		if err != nil {
			return err
		}
		w.held[i] = n
	}
	return nil
}

// start runs the nodes and makes the mesh.
func (w *lan) start(ctx context.Context) error {
	began := time.Now()
	first := 0
	if w.Forming { // the others are told of this one
		if err := w.startOne(ctx, 0, ""); err != nil {
			return err
		}
		first = 1
	}
	g, started := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := first; i < w.Nodes; i++ {
		g.Go(func() error {
			address := ""
			if w.Forming {
				address = w.nodes[0].address
			}
			return w.startOne(started, i, address)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	err := w.join(ctx)
	w.started = time.Since(began)
	return err
}

func (w *lan) startOne(ctx context.Context, i int, connect string) error {
	c := configOf(w.dirOf(i))
	c.Overlay.StaticMesh = !w.Forming
	if w.Forming {
		c.Overlay.DegreeMin, c.Overlay.Degree, c.Overlay.DegreeMax = min(c.Overlay.DegreeMin, w.Degree), w.Degree, w.Degree+w.Degree/2
		if connect != "" {
			c.Overlay.Connect = []string{connect}
		}
	}
	if slices.Contains(w.files.holders, i) {
		c.Transfer.UpBytesPerSec = w.upRate()
	}
	options := node.Options{Config: c}
	if w.held[i] > 0 {
		options.Shares = []string{filepath.Join(w.dirOf(i), "shared", "recordings")}
	}
	n, err := startNode(ctx, options)
	if err != nil {
		return fmt.Errorf("node %d: %w", i, err)
	}
	w.nodes[i] = n
	w.step("nodes started", w.Nodes)
	return nil
}

// upRate limits what each holder sends, in bytes per second, so that the fetch
// takes about a second and all of them give a share.
func (w *lan) upRate() int64 { return max(w.FetchBytes/int64(w.Holders), 64<<10) }

// join makes the links, or waits until the nodes have made them.
func (w *lan) join(ctx context.Context) error {
	if !w.Forming {
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	w.links = 0
	for i, n := range w.nodes {
		want := min(w.Degree, w.Nodes/2) // of a mesh that forms: few nodes may all be full before
		if !w.Forming {
			want = w.graph.Degree(i)
		}
		links := 0
		err := await(ctx, fmt.Sprintf("node %d has %d neighbours", i, want), func() (bool, error) {
			neighbours, err := n.client.Neighbours(ctx)
			links = len(neighbours)
			return links >= want, err
		})
		if err != nil {
			return err
		}
		w.links += links
	}
	w.links /= 2
	return nil
}

// connect links the nodes as the mesh was drawn.
func (w *lan) connect(ctx context.Context) error {
	g, linking := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for v := range w.Nodes {
		for _, to := range w.graph.Neighbours(v) {
			if int(to) < v {
				continue
			}
			g.Go(func() error {
				if _, err := w.nodes[v].client.Connect(linking, w.nodes[to].address); err != nil {
					return fmt.Errorf("link node %d with node %d: %w", v, to, err)
				}
				w.step("links", w.graph.Edges())
				return nil
			})
		}
	}
	return g.Wait()
}

// index waits until every node has hashed its files.
func (w *lan) index(ctx context.Context) error {
	for i, n := range w.nodes {
		err := await(ctx, fmt.Sprintf("node %d shares its files", i), func() (bool, error) {
			status, err := n.client.Status(ctx)
			return status.SharedFiles >= w.held[i] && status.HashingFiles == 0, err
		})
		if err != nil {
			return err
		}
		w.step("nodes sharing", w.Nodes)
	}
	return nil
}

// stop ends all nodes at the same time.
func (w *lan) stop() error {
	var g errgroup.Group
	for i, n := range w.nodes {
		if n == nil {
			continue
		}
		g.Go(func() error {
			if err := n.stop(); err != nil {
				return fmt.Errorf("stop node %d: %w", i, err)
			}
			return nil
		})
	}
	return g.Wait()
}
