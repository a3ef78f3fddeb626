package node

import (
	"context"
	"net/http"
	"path/filepath"

	"starling/share"
)

// A previewRequest names a folder that may come to be shared. Without patterns,
// nil, it is looked at with those it has.
type previewRequest struct {
	path       string
	collection bool
	ignore     []string
}

// previewOf reads the query; "ignore=" alone is a list without patterns.
func previewOf(r *http.Request) previewRequest {
	request := previewRequest{path: r.FormValue("path"), collection: r.FormValue("collection") == "true"} // parses the form
	if given := r.Form["ignore"]; len(given) == 1 && given[0] == "" {
		request.ignore = []string{}
	} else {
		request.ignore = given
	}
	return request
}

// previewShare looks at a folder as sharing it would; each, where given, hears of
// everything on the way.
func (n *Node) previewShare(ctx context.Context, request previewRequest, each func(share.PreviewEntry) error) (SharePreview, error) {
	if !filepath.IsAbs(request.path) {
		return SharePreview{}, usage("the path %q must be absolute", request.path)
	}
	p, err := n.library.Preview(ctx, request.path, share.RootOptions{Collection: request.collection, Ignore: request.ignore}, each)
	if err != nil {
		return SharePreview{}, shareProblem(err, request.path)
	}
	out := SharePreview{Path: p.Path, Name: p.Name, Files: p.Files, SizeBytes: p.SizeBytes, FlaggedFiles: p.FlaggedCount,
		Skipped: p.Hidden + p.Others, Problem: p.Problem, Largest: []NamedSize{}, Flagged: []Flag{},
		Hidden: p.Hidden - p.Unfinished, Unfinished: p.Unfinished, Others: p.Others, Ignored: p.Ignored, IgnoredBy: []IgnoredBy{}, Unread: p.Unread}
	for _, f := range p.Largest {
		out.Largest = append(out.Largest, NamedSize{Name: f.Path, SizeBytes: f.SizeBytes})
	}
	for _, f := range p.Flagged {
		out.Flagged = append(out.Flagged, Flag{Name: f.Path, Reason: f.Why})
	}
	for _, by := range p.IgnoredBy {
		out.IgnoredBy = append(out.IgnoredBy, IgnoredBy(by))
	}
	return out, nil
}

// previewBatchBytes is how much of a list of files goes into one event: far less
// than a reader takes, as an odd name grows when it is written as JSON.
const previewBatchBytes = 64 << 10

// streamPreview answers with events: entries (a list of PreviewEntry) as often as
// need be, then summary (SharePreview). What is wrong before the first of them is
// an ordinary failure, later an event called error (Problem).
func (n *Node) streamPreview(w http.ResponseWriter, r *http.Request) {
	unhurried(w)
	var stream *eventStream
	var batch []PreviewEntry
	bytes := 0
	send := func(name string, v any) error {
		if stream == nil {
			stream = newEventStream(w)
		}
		return stream.send(name, v)
	}
	summary, err := n.previewShare(r.Context(), previewOf(r), func(e share.PreviewEntry) error {
		batch = append(batch, previewEntryOf(e))
		if bytes += len(e.Path) + len(e.Why); bytes < previewBatchBytes && len(batch) < previewBatchBytes/100 {
			return nil
		}
		err := send("entries", batch)
		batch, bytes = batch[:0], 0
		return err
	})
	switch {
	case err != nil && stream == nil:
		writeFailure(w, err)
		return
	case err != nil:
		err = send("error", asProblem(err))
	default:
		if len(batch) > 0 {
			err = send("entries", batch)
		}
		if err == nil {
			err = send("summary", summary)
		}
	}
	if err != nil {
		n.logger.Debug("preview not read", "err", err)
	}
}

func previewEntryOf(e share.PreviewEntry) PreviewEntry {
	out := PreviewEntry{Type: "file", Path: e.Path, SizeBytes: e.SizeBytes, Reason: e.LeftOut, Why: e.Why}
	if e.LeftOut != "" {
		out.Type = "left_out"
	}
	return out
}
