package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"starling/share"
	"starling/share/content"
	"starling/transfer"
)

// repair starts a download for each file that needs one.
func (n *Node) repair(ctx context.Context, r RepairRequest) (RepairAnswer, error) {
	answer := RepairAnswer{Downloads: []Download{}}
	files := r.Files
	if r.All {
		for _, d := range n.library.Damaged() {
			files = append(files, d.Path)
		}
	}
	switch {
	case r.ID != "" && (r.All || len(files) != 1):
		return answer, usage("an id goes with one file")
	case len(files) == 0 && !r.All:
		return answer, usage("name the files to repair, or all")
	}
	if i := slices.IndexFunc(files, func(path string) bool { return !filepath.IsAbs(path) }); i >= 0 {
		return answer, usage("the path %q must be absolute", files[i])
	}
	for _, path := range files {
		err := n.repairOne(ctx, path, r.ID, &answer)
		switch {
		case err == nil:
		case ctx.Err() != nil || !r.All && len(files) == 1:
			return answer, err
		default: // which keeps none of the others from being repaired
			p := asProblem(err)
			answer.Failed = append(answer.Failed, RepairFailure{Path: path, Code: p.Code, Message: p.Message})
		}
	}
	return answer, nil
}

func (n *Node) repairOne(ctx context.Context, path, id string, answer *RepairAnswer) error {
	request, whole, err := n.repairRequest(ctx, path, id)
	if err != nil {
		return err
	}
	if whole {
		answer.Whole = append(answer.Whole, path)
		return nil
	}
	status, err := n.exchange.Get(request)
	ours := func(d Download) bool { return d.ID == request.ID.String() }
	if errors.Is(err, transfer.ErrBusy) && slices.ContainsFunc(answer.Downloads, ours) {
		answer.Waiting = append(answer.Waiting, path)
		return nil
	}
	if err != nil {
		return err
	}
	n.asked.note(request.ID, time.Now())
	answer.Downloads = append(answer.Downloads, n.downloadOf(status))
	return nil
}

// repairRequest finds out what the file should be; whole says that it is that already.
func (n *Node) repairRequest(ctx context.Context, path, id string) (request transfer.Request, whole bool, err error) {
	e, err := n.library.Expected(path)
	known, stranger := err == nil, errors.Is(err, share.ErrNotShared)
	switch {
	case known, errors.Is(err, share.ErrNotShared), errors.Is(err, share.ErrChanged):
	default:
		return request, false, repairProblem(path, err)
	}
	if !utf8.ValidString(filepath.Dir(e.Path)) {
		return request, false, usage("%q lies in a folder whose name is not UTF-8; rename the folder first", e.Path)
	}
	switch {
	case id != "":
		request, whole, err = n.repairByID(ctx, e, known, id)
	case known:
		request = transfer.Request{ID: e.ID}
		whole, err = n.whole(ctx, e)
	default:
		err = n.repairFetched(e, err)
	}
	if err != nil || whole {
		return request, whole, err
	}
	request.Searchable = n.searchable()
	request.Repair = &transfer.Repair{Path: e.Path, State: e.State, Adopt: id != "" && stranger, Told: id != "" && !(known && request.ID == e.ID)}
	if known && request.ID == e.ID && e.Manifest != nil {
		request.Repair.Manifest, request.SizeBytes = e.Manifest, e.Manifest.SizeBytes
	}
	return request, false, nil
}

// whole reads a file that nobody has found damaged so far. What is bad is marked, and so off the shelf from then on.
func (n *Node) whole(ctx context.Context, e share.Expectation) (bool, error) {
	if e.Damaged {
		return false, nil
	}
	v, err := n.library.VerifyFile(ctx, e.Path)
	switch {
	case err != nil:
		return false, err
	case v.State == share.VerifiedChanged:
		return false, repairProblem(e.Path, share.ErrChanged)
	}
	return v.State == share.VerifiedOK, nil
}

// repairByID takes the owner's word for what the file should be.
func (n *Node) repairByID(ctx context.Context, e share.Expectation, known bool, word string) (request transfer.Request, whole bool, err error) {
	if strings.HasPrefix(strings.ToLower(word), "magnet:") {
		magnet, err := content.ParseMagnet(word)
		if err != nil {
			return request, false, usage("%v", err)
		}
		request = n.requestForMagnet(ctx, magnet)
	} else {
		parsed, err := content.ParseID(word)
		if err != nil {
			return request, false, usage("%v", err)
		}
		request = transfer.Request{ID: parsed}
	}
	if known && e.ID == request.ID {
		whole, err = n.whole(ctx, e)
		return request, whole, err
	}
	info, err := os.Lstat(e.Path)
	if err == nil && content.LayoutOf(info.Size()).Groups() == 1 { // as small as one group: a look is cheaper than asking for it
		sum, hashErr := HashFile(e.Path)
		whole = hashErr == nil && sum == request.ID.String()
	}
	return request, whole, err
}

// repairFetched words what is known of a file that the library does not vouch for. None of it is repaired without the owner's word: a file that was
// moved or copied to where another had been fetched may have any time of change, and may be the only copy of what its owner made.
func (n *Node) repairFetched(e share.Expectation, why error) error {
	if errors.Is(why, share.ErrChanged) {
		return repairProblem(e.Path, fmt.Errorf("%w; if it should be what it was: starling repair %s --id %s", why, QuoteArg(e.Path), e.ID))
	}
	for _, d := range n.exchange.Downloads() {
		if d.State == transfer.Done && d.Files == 0 && samePlace(d.Path, e.Path) {
			return &Problem{Code: CodeFailed, Message: fmt.Sprintf("%s: it may be another file than the one that was fetched to this place; if it should be that one: starling repair %s --id %s",
				e.Path, QuoteArg(e.Path), d.ID)}
		}
	}
	return repairProblem(e.Path, why)
}

// samePlace says that a download landed at a path whose folder is resolved.
func samePlace(landed, path string) bool {
	if landed == path || filepath.Base(landed) != filepath.Base(path) {
		return landed == path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(landed))
	return err == nil && dir == filepath.Dir(path)
}

func repairProblem(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return notFound("there is no file %s; 'starling get ID --to DIR' fetches all of it", path)
	case errors.Is(err, share.ErrNotPlain):
		return usage("%s is not a plain file: links and folders are not repaired, name the file itself", path)
	case errors.Is(err, share.ErrNotShared):
		return notFound("%s is neither shared nor fetched, so nobody knows what it should be; if you do: starling repair %s --id ID", path, QuoteArg(path))
	}
	return err
}
