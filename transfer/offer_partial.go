package transfer

import (
	"path/filepath"

	"starling/share"
	"starling/share/content"
)

// place is where the finished file of a download comes to lie.
func (rec *record) place() string { return filepath.Join(rec.Dir, rec.landsAs()) }

// reserved says whether the download goes, or went while it was under way, into a
// folder that is not for everyone. Then it is for nobody once the folder is taken
// back: it was never for everyone.
func (x *Exchange) reserved(d *download) bool {
	rec := d.snapshot()
	if rec.Reserved || x.library.For(share.Anyone()).ServesAt(rec.place(), true)() {
		return rec.Reserved
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rec.Reserved = true
	return true
}

// mayHave tells of a download under way, whenever it is asked, whether the viewer
// may have of it what is here.
func (x *Exchange) mayHave(who share.Viewer, d *download) func() bool {
	elsewhere, rec := !x.reserved(d), d.snapshot()
	return x.library.For(who).ServesAt(rec.place(), elsewhere)
}

// nobodys says whether the finished file is not to be served: it was for some, and
// lies in no shared folder now.
func (x *Exchange) nobodys(d *download, path string) bool {
	return x.reserved(d) && !x.library.For(share.Owner()).ServesAt(path, false)()
}

// noteReserved writes down that the download is reserved, for the next start.
func (r *run) noteReserved() {
	if !r.reserved && r.x.reserved(r.d) {
		r.reserved = true
		r.x.remember(r.d)
	}
}

// ServesUnfinished says whether the viewer may have what is here of a download
// under way: what goes into a shared folder is for those the folder is shared with.
func (x *Exchange) ServesUnfinished(who share.Viewer, id content.ID) bool {
	d := x.download(id)
	return d != nil && !x.o.NoSeed && x.mayHave(who, d)()
}

// offerPartial is offerOf for a download under way; nil: there is nothing to offer.
func (x *Exchange) offerPartial(to Source, id content.ID, wake chan struct{}) *offer {
	d := x.download(id)
	if d == nil || x.o.NoSeed {
		return nil
	}
	may := x.mayHave(share.Node(string(to)), d)
	if !may() {
		return nil
	}
	p, have, seen := d.subscribe(wake)
	if p == nil {
		return nil
	}
	return &offer{
		name: d.snapshot().Name, manifest: p.Manifest(), have: have, file: p, index: p.IndexGroups(), close: func() { d.unsubscribe(wake) },
		download: d, partial: p, seen: seen, lapsed: func() bool { return !may() },
	}
}
