package node

import (
	"context"
	"iter"
	"net/url"
)

// A SearchEvent is a hit, or the receipt that ends the search.
type SearchEvent struct {
	Hit     *Hit
	Receipt *Receipt
}

// Search asks the network and yields rows as they come, updates of rows under their number, and last the receipt.
func (c *Client) Search(ctx context.Context, request SearchRequest) iter.Seq2[SearchEvent, error] {
	return stream(ctx, c, "POST", "/v1/search", request, func(e event) (out SearchEvent, last bool, err error) {
		if e.name == "receipt" {
			out.Receipt = new(Receipt)
			return out, true, e.decode(out.Receipt)
		}
		out.Hit = new(Hit)
		return out, false, e.decode(out.Hit)
	})
}

// Get starts one download for each target, or finds the one under way.
func (c *Client) Get(ctx context.Context, request GetRequest) ([]Download, error) {
	return answer[[]Download](ctx, c, "POST", "/v1/downloads", request)
}

// Watch yields the state of one download as it changes and ends with a final one.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[Download, error] {
	path := "/v1/downloads/" + url.PathEscape(id) + "/events"
	return stream(ctx, c, "GET", path, nil, func(e event) (out Download, last bool, err error) {
		err = e.decode(&out)
		return out, err == nil && out.Final(), err
	})
}

// Status asks how the node is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return answer[Status](ctx, c, "GET", "/v1/status", nil)
}

// Shutdown asks the node to stop. It returns when the node has agreed, not when it is gone.
func (c *Client) Shutdown(ctx context.Context) error {
	return c.call(ctx, "POST", "/v1/shutdown", struct{}{}, nil)
}

// Downloads lists all downloads the node knows, finished ones of this run included.
func (c *Client) Downloads(ctx context.Context) ([]Download, error) {
	return answer[[]Download](ctx, c, "GET", "/v1/downloads", nil)
}

// An Order is what Change can do to downloads.
type Order string

// The orders a download takes.
const (
	Pause  Order = "pause"
	Resume Order = "resume"
	Cancel Order = "cancel" // forgets the download and its partial file
)

// Change gives an order to the downloads that the selectors name: numbers of the list, ranges, id prefixes or "all".
func (c *Client) Change(ctx context.Context, order Order, selectors []string) ([]Download, error) {
	return answer[[]Download](ctx, c, "POST", "/v1/downloads/change", changeRequest{Order: order, Selectors: selectors})
}

type changeRequest struct {
	Order     Order    `json:"order"`
	Selectors []string `json:"selectors"`
}

// Uploads lists who is being served and who waits.
func (c *Client) Uploads(ctx context.Context) ([]Upload, error) {
	return answer[[]Upload](ctx, c, "GET", "/v1/uploads", nil)
}

// Limit sets the limits that are given and returns those in force.
func (c *Client) Limit(ctx context.Context, limits Limits) (Limits, error) {
	return answer[Limits](ctx, c, "POST", "/v1/limits", limits)
}

// Shares lists the shared folders.
func (c *Client) Shares(ctx context.Context) ([]Share, error) {
	return answer[[]Share](ctx, c, "GET", "/v1/shares", nil)
}

// PreviewShare says what sharing the folder at the absolute path would share. Of a folder in a shared one it says so for a collection only.
func (c *Client) PreviewShare(ctx context.Context, path string, o ShareOptions) (SharePreview, error) {
	return answer[SharePreview](ctx, c, "GET", "/v1/shares/preview?"+previewQuery(path, o), nil)
}

// A PreviewEvent is some of what a look at a folder has come by, or the summary that ends it.
type PreviewEvent struct {
	Entries []PreviewEntry
	Summary *SharePreview
}

// PreviewFiles is PreviewShare that first yields every file that would be shared and everything that is left out.
func (c *Client) PreviewFiles(ctx context.Context, path string, o ShareOptions) iter.Seq2[PreviewEvent, error] {
	return stream(ctx, c, "GET", "/v1/shares/preview/files?"+previewQuery(path, o), nil, func(e event) (out PreviewEvent, last bool, err error) {
		if e.name == "summary" {
			out.Summary = new(SharePreview)
			return out, true, e.decode(out.Summary)
		}
		return out, false, e.decode(&out.Entries)
	})
}

func previewQuery(path string, o ShareOptions) string {
	query := url.Values{"path": {path}, "ignore": o.Ignore}
	if o.Ignore != nil && len(o.Ignore) == 0 {
		query["ignore"] = []string{""}
	}
	if o.Collection {
		query.Set("collection", "true")
	}
	return query.Encode()
}

// ShareOptions say how a folder is shared. The zero value changes nothing of one that is shared already.
type ShareOptions struct {
	Collection bool     `json:"collection,omitempty"` // as one thing as well
	Ignore     []string `json:"ignore"`               // patterns of names to leave out, as gitignore has them; empty takes those it has away, nil leaves them
	Audience
}

// AddShare shares the folder at the absolute path.
func (c *Client) AddShare(ctx context.Context, path string, o ShareOptions) (Share, error) {
	return answer[Share](ctx, c, "POST", "/v1/shares", shareRequest{path, o})
}

type shareRequest struct {
	Path string `json:"path"`
	ShareOptions
}

// RemoveShare stops sharing the folder of that name or path.
func (c *Client) RemoveShare(ctx context.Context, nameOrPath string) error {
	return c.call(ctx, "DELETE", "/v1/shares?root="+url.QueryEscape(nameOrPath), nil, nil)
}

// RemoveCollection ends that a shared folder, or a folder in one, is one thing; its files stay shared.
func (c *Client) RemoveCollection(ctx context.Context, nameOrPath string) error {
	return c.call(ctx, "DELETE", "/v1/shares?collection=true&root="+url.QueryEscape(nameOrPath), nil, nil)
}

// Rescan looks through the shared folders again and returns when done.
func (c *Client) Rescan(ctx context.Context) ([]Share, error) {
	return answer[[]Share](ctx, c, "POST", "/v1/shares/rescan", struct{}{})
}

// Neighbours lists the links of this node.
func (c *Client) Neighbours(ctx context.Context) ([]Neighbour, error) {
	return answer[[]Neighbour](ctx, c, "GET", "/v1/neighbours", nil)
}

// Connect makes a neighbour of the node at a multiaddr, HOST, HOST:PORT or invite line.
func (c *Client) Connect(ctx context.Context, address string) (Neighbour, error) {
	return answer[Neighbour](ctx, c, "POST", "/v1/neighbours", connectRequest{Address: address})
}

type connectRequest struct {
	Address string `json:"address"`
}

// browsePagesMax ends a listing that a hostile node makes endless: half a million entries.
const browsePagesMax = 1000

// Browse yields what a node shares below path, folder by folder: one page of entries after another. The node is "self", a node id or the
// prefix of a known one, a number of the neighbours list, or an address.
func (c *Client) Browse(ctx context.Context, node, path string) iter.Seq2[BrowseEntry, error] {
	return func(yield func(BrowseEntry, error) bool) {
		after := ""
		for range browsePagesMax {
			query := url.Values{"node": {node}, "path": {path}, "after": {after}}
			page, err := answer[BrowsePage](ctx, c, "GET", "/v1/browse?"+query.Encode(), nil)
			if err != nil {
				yield(BrowseEntry{}, err)
				return
			}
			for _, entry := range page.Entries {
				if !yield(entry, nil) {
					return
				}
			}
			if !page.More || page.After == after {
				return
			}
			after = page.After
		}
	}
}

// Link makes a magnet link of a shared file, named by its path on disk (absolute), its virtual path or its id.
func (c *Client) Link(ctx context.Context, target string) (Link, error) {
	return answer[Link](ctx, c, "GET", "/v1/link?target="+url.QueryEscape(target), nil)
}

// SetSearchable records the owner's word: may others find by searching what this node has fetched?
func (c *Client) SetSearchable(ctx context.Context, yes bool) error {
	return c.call(ctx, "POST", "/v1/searchable", searchableRequest{Searchable: yes}, nil)
}

type searchableRequest struct {
	Searchable bool `json:"searchable"`
}

// Rows lists the rows of a remembered search, "S3", or of the last one, "".
func (c *Client) Rows(ctx context.Context, search string) ([]Hit, error) {
	return answer[[]Hit](ctx, c, "GET", "/v1/rows?search="+url.QueryEscape(search), nil)
}

// Final tells whether the download will not change any more by itself.
func (d Download) Final() bool {
	switch d.State {
	case "done", "failed", "cancelled":
		return true
	}
	return false
}
