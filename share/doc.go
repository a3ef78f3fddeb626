// Package share is the library: what its owner shares, what of it can be found
// and served, and the files that are still on their way here.
//
//	folders ──look──► files ──catalog knows──► shelf ──► index ──► Search
//	  │                 │                        ▲  └─► by id ───► Open
//	  │                 └─new─► readers ─BLAKE3──┘
//	  └─ names that look private are left out      finished downloads ─Adopt─► shelf
//
// Terms:
//
//   - Root: a folder the owner chose. Nothing else is ever shared.
//   - Virtual path: root name, folders, file name, with slashes; what others see.
//   - Catalog: hashes by device, inode, size and mtime, kept across starts.
//   - Shelf: what is shared right now, in memory.
//   - Index: the keyword index over the shelf, immutable snapshots.
//   - Tags: what a file says of itself, one line; searched like folders' names.
//   - Adopted file: a finished download, served by its content id from then on.
//   - Collection: a shared folder as one content too, served from its files, which
//     are read once more for its id; made anew when the folder has changed.
//   - Partial: a download in progress; see Partial.
//
// What is left out, always: hidden names, links, anything but regular files,
// downloads in progress, and files whose names say key, password store, wallet,
// mail, browser profile or personal paper. Who wants one of those shared gives
// it another name; there is no switch to leave on by mistake. Folders that are
// refused: the whole disk, the home folder and what is around it, hidden and
// system folders, and those of Starling's own state.
//
// A shared folder that is missing stays shared: its files come back with it, and
// the catalog spares reading them again. A file that changes while it is read is
// noticed and read again later. A file is opened without following links and
// served only in the very state that was hashed.
//
// State in Options.Dir: catalog.db can be lost at the price of hashing;
// roots.json and adopted.jsonl hold the owner's choices, notice damage, and are
// copied in the catalog. One process at a time.
//
// Names from strangers become harmless in one place: DiskName for disks,
// DisplayName for screens.
//
// Goals: an owner who is never surprised by what is shared, searches that do
// not wait, starts that read no file twice. Non-goals: the network, deciding
// who may ask, watching folders by notification: a look at all names every
// minute finds what has changed, on every file system, at 2 % of a core or less.
//
// Goroutines: Library.Run owns a loop, a looker that walks the folders, and
// Options.HashReaders readers. Everything else runs in its caller's.
package share
