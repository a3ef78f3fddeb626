package node

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// pingEvery keeps silent event streams alive and notices readers who have gone.
const pingEvery = 15 * time.Second

// A route is one line of the control API's table.
type route struct {
	pattern string // method and path, as http.ServeMux reads them
	serve   http.HandlerFunc
}

// table lists the control API. Each line is one method of Node.
func (n *Node) table() []route {
	return []route{
		{"GET /v1/status", answering(func(*http.Request) (any, error) { return n.status(), nil })},
		{"POST /v1/shutdown", answering(func(*http.Request) (any, error) { n.shutdown(); return struct{}{}, nil })},
		{"POST /v1/search", n.streamSearch},
		{"GET /v1/rows", answering(func(r *http.Request) (any, error) { return n.rows(r.FormValue("search")) })},
		{"GET /v1/downloads", answering(func(*http.Request) (any, error) { return n.downloads(), nil })},
		{"POST /v1/downloads", answering(withBody(n.get))},
		{"GET /v1/downloads/{id}/events", n.streamDownload},
		{"POST /v1/downloads/change", answering(withBody(n.change))},
		{"GET /v1/content/{target}", n.streamContent},
		{"POST /v1/play", answering(withBody(n.play))},
		{"GET " + playPath + "{ticket}/{name}", n.servePlay},
		{"GET /v1/uploads", answering(func(*http.Request) (any, error) { return n.uploads(), nil })},
		{"GET /v1/limits", answering(func(*http.Request) (any, error) { return n.limiter.show(), nil })},
		{"POST /v1/limits", answering(withBody(n.limit))},
		{"GET /v1/shares", answering(func(*http.Request) (any, error) { return n.shares(), nil })},
		{"GET /v1/shares/preview", answering(func(r *http.Request) (any, error) { return n.previewShare(r.Context(), previewOf(r), nil) })},
		{"GET /v1/shares/preview/files", n.streamPreview},
		{"POST /v1/shares", answering(withBody(n.addShare))},
		{"DELETE /v1/shares", answering(func(r *http.Request) (any, error) {
			return struct{}{}, n.removeShare(r.FormValue("root"), r.FormValue("collection") == "true")
		})},
		{"POST /v1/shares/audience", answering(withBody(func(_ context.Context, in audienceRequest) (any, error) { return n.setAudience(in) }))},
		{"POST /v1/shares/rescan", answering(func(r *http.Request) (any, error) { return n.rescan(r.Context()) })},
		{"POST /v1/shares/verify", n.streamVerify},
		{"GET /v1/damaged", answering(func(*http.Request) (any, error) { return n.damaged(), nil })},
		{"POST /v1/repair", answering(withBody(n.repair))},
		{"POST /v1/searchable", answering(withBody(n.setSearchable))},
		{"GET /v1/neighbours", answering(func(*http.Request) (any, error) { return n.neighbours(), nil })},
		{"GET /v1/nodes", answering(func(r *http.Request) (any, error) {
			if err := r.ParseForm(); err != nil {
				return nil, usage("%v", err)
			}
			return n.namedNodes(r.Form["name"])
		})},
		{"POST /v1/neighbours", answering(withBody(n.connect))},
		{"GET /v1/browse", answering(func(r *http.Request) (any, error) {
			return n.browse(r.Context(), r.FormValue("node"), r.FormValue("path"), r.FormValue("after"))
		})},
		{"GET /v1/link", answering(func(r *http.Request) (any, error) { return n.link(r.FormValue("target")) })},
	}
}

func (n *Node) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range n.table() {
		mux.HandleFunc(r.pattern, r.serve)
	}
	mux.HandleFunc("/", answering(func(r *http.Request) (any, error) {
		return nil, notFound("there is no %s %s", r.Method, r.URL.Path)
	}))
	return mux
}

// answering turns a method of Node into one that answers with JSON, or with a Problem. Some take long: the caller's patience is the limit.
func answering(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		unhurried(w)
		out, err := do(r)
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusOK, out)
	}
}

// withBody decodes the body for a method that takes one.
func withBody[In, Out any](do func(context.Context, In) (Out, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var in In
		if err := readBody(r, &in); err != nil {
			return nil, err
		}
		return do(r.Context(), in)
	}
}

var statusOfCode = map[Code]int{
	CodeUsage:        http.StatusBadRequest,
	CodeNotFound:     http.StatusNotFound,
	CodeRefused:      http.StatusForbidden,
	CodeTimeout:      http.StatusGatewayTimeout,
	CodeNoSpace:      http.StatusInsufficientStorage,
	CodeNoNeighbours: http.StatusServiceUnavailable,
	CodeVerification: http.StatusBadGateway,
}

func writeFailure(w http.ResponseWriter, err error) {
	p := asProblem(err)
	status, known := statusOfCode[p.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	writeProblem(w, status, p)
}

// asProblem gives every error a code.
func asProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	code := CodeFailed
	if errors.Is(err, context.DeadlineExceeded) {
		code = CodeTimeout
	}
	return &Problem{Code: code, Message: err.Error()}
}

// streamSearch answers a search with events: hit, hit …, receipt.
func (n *Node) streamSearch(w http.ResponseWriter, r *http.Request) {
	var request SearchRequest
	err := readBody(r, &request)
	var events <-chan SearchEvent
	if err == nil {
		events, err = n.search(r.Context(), request)
	}
	if err != nil {
		writeFailure(w, err)
		return
	}
	stream := newEventStream(w)
	defer func() {
		for range events { // the search ends with the request's context; let it finish its receipt
		}
	}()
	for e := range events {
		if e.Receipt != nil {
			if err := stream.send("receipt", e.Receipt); err != nil {
				n.logger.Debug("receipt not read", "err", err)
			}
			return
		}
		if stream.send("hit", e.Hit) != nil {
			return
		}
	}
}

// streamDownload answers with an event for each change of a download, the last one final.
func (n *Node) streamDownload(w http.ResponseWriter, r *http.Request) {
	states, err := n.watch(r.Context(), r.PathValue("id"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	stream := newEventStream(w)
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case d, more := <-states:
			if !more || stream.send("download", d) != nil || d.Final() {
				return
			}
		case <-ping.C:
			if stream.ping() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
