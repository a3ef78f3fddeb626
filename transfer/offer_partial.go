package transfer

import (
	"path/filepath"

	"starling/share"
	"starling/share/content"
)

// place is where the finished file of a download comes to lie.
func (rec *record) place() string { return filepath.Join(rec.Dir, rec.landsAs()) }

// mayHave tells of a download under way, whenever it is asked, whether the viewer
// may have of it what is here.
func (x *Exchange) mayHave(who share.Viewer, rec record) func() bool {
	return x.library.For(who).ServesAt(rec.place())
}

// ServesUnfinished says whether the viewer may have what is here of a download
// under way: what goes into a shared folder is for those the folder is shared with.
func (x *Exchange) ServesUnfinished(who share.Viewer, id content.ID) bool {
	d := x.download(id)
	return d != nil && !x.o.NoSeed && x.mayHave(who, d.snapshot())()
}

// offerPartial is offerOf for a download under way; nil: there is nothing to offer.
func (x *Exchange) offerPartial(to Source, id content.ID, wake chan struct{}) *offer {
	d := x.download(id)
	if d == nil || x.o.NoSeed {
		return nil
	}
	rec := d.snapshot()
	may := x.mayHave(share.Node(string(to)), rec)
	if !may() {
		return nil
	}
	p, have, seen := d.subscribe(wake)
	if p == nil {
		return nil
	}
	return &offer{
		name: rec.Name, manifest: p.Manifest(), have: have, file: p, index: p.IndexGroups(), close: func() { d.unsubscribe(wake) },
		download: d, partial: p, seen: seen, lapsed: func() bool { return !may() },
	}
}
