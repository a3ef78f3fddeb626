package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"starling/share"
	"starling/share/content"
)

func (n *Node) shares() []Share {
	out := []Share{}
	for i, r := range n.library.Roots() {
		out = append(out, shareOf(i+1, r))
	}
	return out
}

func shareOf(number int, r share.Root) Share {
	s := Share{N: number, Name: r.Name, Path: r.Path, Files: r.Files, SizeBytes: r.SizeBytes, Added: r.Added.Format(time.RFC3339), Problem: r.Problem,
		Collection: r.Collection, Damaged: r.Damaged}
	if !r.ID.IsZero() {
		s.ID = r.ID.String()
	}
	return s
}

func (n *Node) previewShare(ctx context.Context, path string) (SharePreview, error) {
	if !filepath.IsAbs(path) {
		return SharePreview{}, usage("the path %q must be absolute", path)
	}
	p, err := n.library.Preview(ctx, path)
	if err != nil {
		return SharePreview{}, err
	}
	out := SharePreview{Path: p.Path, Name: p.Name, Files: p.Files, SizeBytes: p.SizeBytes, FlaggedFiles: p.FlaggedCount,
		Skipped: p.Hidden + p.Others, Problem: p.Problem, Largest: []NamedSize{}, Flagged: []Flag{}}
	for _, f := range p.Largest {
		out.Largest = append(out.Largest, NamedSize{Name: f.Path, SizeBytes: f.SizeBytes})
	}
	for _, f := range p.Flagged {
		out.Flagged = append(out.Flagged, Flag{Name: f.Path, Reason: f.Why})
	}
	return out, nil
}

func (n *Node) addShare(ctx context.Context, request shareRequest) (Share, error) {
	if !filepath.IsAbs(request.Path) {
		return Share{}, usage("the path %q must be absolute", request.Path)
	}
	add := n.library.AddRoot
	if request.Collection {
		add = n.library.AddCollection
	}
	root, err := add(ctx, request.Path)
	if err != nil {
		return Share{}, err
	}
	return shareOf(len(n.library.Roots()), root), nil
}

func (n *Node) removeShare(nameOrPath string) error {
	err := n.library.RemoveRoot(nameOrPath)
	if errors.Is(err, share.ErrNotShared) {
		return notFound("%v", err)
	}
	return err
}

func (n *Node) rescan(ctx context.Context) ([]Share, error) {
	if err := n.library.Rescan(ctx); err != nil {
		return nil, err
	}
	return n.shares(), nil
}

// link makes a magnet link of a shared file or collection: by its path on disk, its virtual path, its id or the beginning of its id.
func (n *Node) link(target string) (Link, error) {
	file, err := n.fileNamed(target)
	if err != nil {
		return Link{}, err
	}
	magnet := content.Magnet{ID: file.ID, Name: file.Name, SizeBytes: file.SizeBytes, Nodes: n.overlay.Addresses()}
	return Link{Name: file.Name, ID: file.ID.String(), SizeBytes: file.SizeBytes, Files: file.Files, Magnet: magnet.String()}, nil
}

func (n *Node) fileNamed(target string) (share.File, error) {
	if id, err := content.ParseID(target); err == nil {
		if file, held := n.library.ByID(id); held {
			return file, nil
		}
		return share.File{}, notFound("this node does not serve the content id %s", target)
	}
	if filepath.IsAbs(target) {
		return n.fileOnDisk(target)
	}
	if file, held := n.library.ByPath(target); held {
		return file, nil
	}
	return share.File{}, notFound("%q is no shared file: give its path, its virtual path as 'starling browse self' shows it, or its content id", target)
}

// fileOnDisk finds the shared file at a path by the root it lies in.
func (n *Node) fileOnDisk(path string) (share.File, error) {
	if _, err := os.Stat(path); err != nil {
		return share.File{}, notFound("%v", err)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return share.File{}, notFound("%v", err)
	}
	if file, held := n.library.CollectionAt(resolved); held {
		return file, nil
	}
	for _, r := range n.library.Roots() {
		if r.Path == resolved {
			return share.File{}, noLinkYet(r)
		}
		rel, err := filepath.Rel(r.Path, resolved)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if file, held := n.library.ByPath(r.Name + "/" + filepath.ToSlash(rel)); held {
			return file, nil
		}
		return share.File{}, notFound("%s lies in the shared folder %q but is not shared (yet): hidden files are left out, and new ones are hashed first", path, r.Name)
	}
	for _, d := range n.exchange.Downloads() {
		if file, held := n.library.ByID(d.ID); held && d.Path == path {
			return file, nil
		}
	}
	return share.File{}, notFound("%s lies in no shared folder; 'starling share add %s' shares its folder", path, QuoteArg(filepath.Dir(path)))
}

// noLinkYet says why a shared folder has no link.
func noLinkYet(r share.Root) error {
	switch {
	case !r.Collection:
		return notFound("%s is shared file by file; 'starling share add --collection %s' makes one thing of it, which has a link", r.Path, QuoteArg(r.Path))
	case r.Problem != "":
		return notFound("the collection %q has no content id: %s", r.Name, r.Problem)
	}
	return notFound("the collection %q has no content id yet: its files are being hashed; try again in a moment", r.Name)
}

// HashFile returns the content id of a file, as b3sum prints it.
func HashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	id, _, err := content.Hash(file, info.Size())
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return id.String(), nil
}
