package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"starling/config"
	"starling/node/overlay"
	"starling/share"
	"starling/transfer"
)

// Names of what lives in the state folder beside the files of the packages below.
const (
	identityName  = "identity.key"
	searchesName  = "searches.json"
	choicesName   = "choices.json"
	hostCacheName = "hosts.json"
	libraryDir    = "library"
	transferDir   = "transfer"
)

// Options says what a Node is to be.
type Options struct {
	// Config is everything an owner can set. Required: config.Load or config.Default makes one.
	Config *config.Config
	// Shares are folders to share from the start, absolute: the owner's word, as if added with "share add". Default none.
	Shares []string
	// Searchable overrules, for this run, whether others may find by searching what this node fetches. Default nil: what the owner told the
	// running node, else the configuration, else no.
	Searchable *bool
	// Logger gets what happens; nil discards it.
	Logger *slog.Logger
}

// A Node is one running Starling: the library, the transfers, a place in the mesh, and the control API, wired together.
type Node struct {
	options Options
	config  *config.Config
	logger  *slog.Logger
	started time.Time
	ready   chan struct{}

	stopOnce sync.Once
	stopped  chan struct{} // closed when a client asks the node to stop

	// Set by open, before anything runs, and not changed after.
	lock     *stateLock
	identity overlay.Identity
	library  *share.Library
	overlay  *overlay.Overlay
	exchange *transfer.Exchange
	server   *server
	book     *searchBook
	choices  *choices
	limiter  *limiter
	notices  []string

	browsers browseLimit
	listed   listed
	asked    askedTimes
	tickets  tickets
}

// New checks the options. It opens and starts nothing; Run does both.
func New(o Options) (*Node, error) {
	if o.Config == nil {
		return nil, errors.New("a node needs a configuration")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for _, dir := range o.Shares {
		if !filepath.IsAbs(dir) {
			return nil, fmt.Errorf("share %s: the path must be absolute", dir)
		}
	}
	return &Node{options: o, config: o.Config, logger: o.Logger, ready: make(chan struct{}), stopped: make(chan struct{})}, nil
}

// Ready is closed when the control API answers.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Run opens the state folder, runs the node until ctx ends or a client asks it to stop, and closes everything again. It is called once. The
// error is a *BusyError when another node uses the folder.
//
// What runs stands in layers, and stops from the top:
//
//	control API   first: no new orders, and whoever watches is told
//	transfers     next, while streams still work: what is under way is written down and goes on at the next start
//	overlay       bye to the neighbours, then the host: nobody asks us any more
//	library       last of those that run: until here others may still have read from it
//	catalog, lock when nobody is left
func (n *Node) Run(ctx context.Context) error {
	n.started = time.Now()
	if err := n.open(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-n.stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := runStages(ctx, []stage{
		{"library", n.library.Run},
		{"overlay", n.overlay.Run},
		{"transfers", n.exchange.Run},
		{"limits", n.limiter.run},
		{"control API", n.serveAPI},
	})
	return errors.Join(err, n.close())
}

// serveAPI also says that the node is ready: its listeners have been open since open, so the first client is answered.
func (n *Node) serveAPI(ctx context.Context) error {
	return n.server.serve(ctx, n.routes(), &n.tickets, n.ready)
}

// shutdown asks Run to end; it may be called more than once.
func (n *Node) shutdown() { n.stopOnce.Do(func() { close(n.stopped) }) }

// open takes the lock and opens every part. On an error it gives back what it has taken.
func (n *Node) open(ctx context.Context) (err error) {
	dir := n.config.Node.StateDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w; choose another with --state DIR", err)
	}
	if n.lock, err = lockState(dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if err := n.openState(dir); err != nil {
		return err
	}
	for _, path := range n.options.Shares {
		if _, err := n.library.AddRoot(ctx, path); err != nil {
			return err
		}
	}
	if err := n.openExchange(dir); err != nil {
		return err
	}
	return n.openOverlay(dir)
}

func (n *Node) openState(dir string) (err error) {
	var notice string
	n.book, notice = openSearchBook(filepath.Join(dir, searchesName))
	n.notice(notice)
	n.choices, notice = openChoices(filepath.Join(dir, choicesName))
	n.notice(notice)
	n.limiter = newLimiter(n.config, n.choices, n.logger)
	if n.identity, err = overlay.LoadIdentity(filepath.Join(dir, identityName)); err != nil {
		return err
	}
	if n.server, err = listen(dir, n.config.Node.API, n.logger); err != nil {
		return err
	}
	options := n.config.Share
	options.Dir, options.Refused, options.Logger = filepath.Join(dir, libraryDir), []string{dir}, n.logger
	options.KeepFetched = n.config.Transfer.NoSeed
	n.library, err = share.Open(options)
	return err
}

func (n *Node) notice(text string) {
	if text != "" {
		n.logger.Warn("state rebuilt", "notice", text)
		n.notices = append(n.notices, text)
	}
}

// openOverlay comes last: from here on others can reach us, and all that answers them stands.
func (n *Node) openOverlay(dir string) error {
	c := n.config.Overlay
	made, err := overlay.New(overlay.Options{
		Listen: c.Listen, Port: c.Port, Connect: c.Connect, LAN: c.LAN, StaticMesh: c.StaticMesh,
		DegreeMin: c.DegreeMin, Degree: c.Degree, DegreeMax: c.DegreeMax, Query: n.config.Query,
		HostCache: filepath.Join(dir, hostCacheName), Agent: "starling/" + BuildInfo().Version,
		FreeSlots: n.freeSlots, Answer: n.answer, Reserved: n.reserved, Logger: n.logger,
	}, n.identity)
	if err != nil {
		return err
	}
	n.overlay = made
	n.overlay.HandleStreams(browseProtocol, n.serveBrowse)
	n.overlay.HandleStreams(transfer.ProtocolID, n.serveTransfer)
	return nil
}

// close gives back what open took and no stage has closed: the catalog, the API's files, and the lock at the very end.
func (n *Node) close() error {
	var err error
	if n.exchange != nil {
		err = errors.Join(err, n.exchange.Close())
	}
	if n.library != nil {
		err = errors.Join(err, n.library.Close())
	}
	if n.server != nil {
		n.server.close()
	}
	return errors.Join(err, n.lock.release())
}
