package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"starling/share"
	"starling/share/content"
)

func (n *Node) shares() []Share {
	out := []Share{}
	for i, r := range n.library.Roots() {
		out = append(out, n.shareOf(i+1, r))
	}
	return out
}

func (n *Node) shareOf(number int, r share.Root) Share {
	s := Share{N: number, Name: r.Name, Path: r.Path, Files: r.Files, SizeBytes: r.SizeBytes, Added: r.Added.Format(time.RFC3339), Problem: r.Problem,
		Damaged: r.Damaged, HashingFiles: r.Hashing, Collection: r.Collection, Ignore: r.Ignore, Audience: sharedWith(r.Audience)}
	s.ID = idText(r.ID)
	for _, c := range r.Collections {
		inner := InnerCollection{Path: c.Path, ID: idText(c.ID)}
		if r.Damaged > 0 {
			inner.Damaged = n.damagedBelow(c.Path)
		}
		s.Collections = append(s.Collections, inner)
	}
	return s
}

// damagedBelow counts the damaged files in a folder.
func (n *Node) damagedBelow(dir string) (count int) {
	for _, d := range n.library.Damaged() {
		if rel, err := filepath.Rel(dir, d.Path); err == nil && filepath.IsLocal(rel) {
			count++
		}
	}
	return count
}

// idText is empty for an id that is not known yet.
func idText(id content.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// shareNotice begins what status says of a shared folder.
const shareNotice = "the shared folder "

// shareNotices is what is wrong with the shared folders now.
func (n *Node) shareNotices() (all []string) {
	for _, r := range n.library.Roots() {
		if trouble := r.Trouble(); trouble != "" {
			all = append(all, fmt.Sprintf("%s%s: %s", shareNotice, r.Name, trouble))
		}
	}
	return all
}

func (n *Node) addShare(ctx context.Context, request shareRequest) (Share, error) {
	if !filepath.IsAbs(request.Path) {
		return Share{}, usage("the path %q must be absolute", request.Path)
	}
	to, err := n.audienceOf(request.Audience)
	if err != nil {
		return Share{}, err
	}
	root, err := n.library.AddRootAs(ctx, request.Path, share.RootOptions{Collection: request.Collection, Ignore: request.Ignore, Audience: to})
	if err != nil {
		return Share{}, shareProblem(err, request.Path)
	}
	return n.numbered(root), nil
}

// numbered is a root with its number in the list.
func (n *Node) numbered(r share.Root) Share {
	at := slices.IndexFunc(n.library.Roots(), func(other share.Root) bool { return other.Path == r.Path })
	return n.shareOf(at+1, r)
}

// removeShare ends a share or, asked for the collection, only that a folder is one thing.
func (n *Node) removeShare(nameOrPath string, collection bool) error {
	remove := n.library.RemoveRoot
	if collection {
		remove = n.library.RemoveCollection
	}
	err := remove(nameOrPath)
	for _, r := range n.library.Roots() {
		if collection && errors.Is(err, share.ErrNotShared) && (r.Name == nameOrPath || r.Path == nameOrPath) {
			return notFound("%q is shared, and is no collection", r.Name)
		}
	}
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
		if r.Path == resolved || slices.ContainsFunc(r.Collections, func(c share.InnerCollection) bool { return c.Path == resolved }) {
			return share.File{}, noLinkYet(r, resolved)
		}
		rel, err := filepath.Rel(r.Path, resolved)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if file, held := n.library.ByPath(r.Name + "/" + filepath.ToSlash(rel)); held {
			return file, nil
		}
		return share.File{}, notFound("%s lies in the shared folder %q but is not shared%s", path, r.Name, n.whyNot(resolved))
	}
	for _, d := range n.exchange.Downloads() {
		if file, held := n.library.ByID(d.ID); held && d.Path == path {
			return file, nil
		}
	}
	return share.File{}, notFound("%s lies in no shared folder; 'starling share add %s' shares its folder", path, QuoteArg(filepath.Dir(path)))
}

// whyNot goes on from "is not shared".
func (n *Node) whyNot(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Sprintf(" as one thing: 'starling share add --collection %s' makes it one, which has a link", QuoteArg(path))
	}
	if why := n.library.WhyNot(path); why != "" {
		return ": " + why
	}
	return " yet: new files are hashed first; try again in a moment"
}

// noLinkYet says why a shared folder has no link.
func noLinkYet(r share.Root, dir string) error {
	switch {
	case dir == r.Path && !r.Collection:
		return notFound("%s is shared file by file; 'starling share add --collection %s' makes one thing of it, which has a link", r.Path, QuoteArg(r.Path))
	case r.Problem != "":
		return notFound("the collection %q has no content id: %s", filepath.Base(dir), r.Problem)
	}
	return notFound("the collection %q has no content id yet: its files are being hashed; try again in a moment", filepath.Base(dir))
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
