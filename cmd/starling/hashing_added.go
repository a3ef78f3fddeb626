package main

import (
	"context"
	"fmt"

	"starling/node"
)

// An addingNode is what following one folder asks of the node.
type addingNode interface {
	hashingNode
	Shares(ctx context.Context) ([]node.Share, error)
}

// An added folder is followed until its own files are hashed; others may wait longer.
type added struct {
	path       string
	collection bool
	files      int  // it will have, at least; -1: nobody knows, as it was shared before
	seen       bool // files of it that waited
}

// newlyAdded says what to wait for. Of a folder that had files before nobody can tell when it has been looked through: all must be hashed then.
func newlyAdded(share node.Share, files int) added {
	if share.Files > 0 || share.HashingFiles > 0 {
		files = -1
	}
	return added{path: share.Path, collection: share.Collection, files: files}
}

// hashed says that all of the folder is.
func (f *added) hashed(s node.Share) bool {
	f.seen = f.seen || s.HashingFiles > 0
	all := f.files >= 0 && s.Files >= f.files && (f.seen || s.Files > 0)
	return all && s.HashingFiles == 0 && (!f.collection || s.ID != "")
}

func (a *app) followAdded(ctx context.Context, c addingNode, f added) ([]node.Share, error) {
	return a.followUntil(ctx, c, func(ctx context.Context) (string, []node.Share) {
		status, err := c.Status(ctx)
		if err != nil {
			return "", nil
		}
		shares, err := c.Shares(ctx)
		if err != nil {
			return "", nil
		}
		for _, s := range shares {
			switch {
			case s.Path != f.path:
			case f.hashed(s):
				return "", shares
			case s.HashingFiles > 0 && s.HashingFiles < status.HashingFiles:
				return fmt.Sprintf("hashing %s of %q, %s in all", plural(s.HashingFiles, "more file"), node.Display(s.Name), grouped(status.HashingFiles)), nil
			}
		}
		return hashingLine(status), nil
	})
}
