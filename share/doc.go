// Package share is the library: what its owner shares, what of it can be found
// and served, and the files that are still on their way here.
//
//	folders ──look──► files ──catalog knows──► shelf ──► index ──► Search
//	  │                 │                        ▲  └─► by id ───► Open
//	  │                 └─new─► readers ─BLAKE3──┘      (and share/tags: type and tags)
//	  └─ the judge leaves names out                finished downloads ─Adopt─► shelf
//
// Terms:
//
//   - Root: a folder the owner chose. Nothing else is ever shared.
//   - Audience: who may find and have what a root shares; a Viewer is who asks, and
//     a View what it sees.
//   - Virtual path: root name, folders, file name, with slashes; what others see.
//   - Catalog: hashes by device, inode, size and mtime, kept across starts; with
//     them what each file says of itself: its type and tags.
//   - Shelf: what is shared right now, in memory.
//   - Index: the keyword index over the shelf, immutable snapshots.
//   - Tags: what a file says of itself, one line; searched like folders' names.
//   - Adopted file: a finished download, served by its content id from then on.
//   - Collection: a shared folder as one content too, served from its files, which
//     are read once more for its id; made anew when the folder has changed.
//   - Partial: a download in progress; see Partial.
//   - Judge: what decides, by names and patterns, whether something is shared; one
//     for looks, previews and single files.
//   - Damaged file: one whose bytes are not what was hashed, though nobody has
//     written to it; Verify finds it, and it is not served until it is well.
//
// What is left out, always: hidden names, links, anything but regular files,
// downloads in progress, and files and folders whose names say key, password
// store, wallet, mail, browser profile or personal paper. Who wants one of those
// shared gives it another name; there is no switch to leave on by mistake. What
// owners leave out: patterns as in gitignore, see package ignore. Patterns that
// cannot be followed close their folder. Folders that are refused: the whole disk,
// the home folder and what is around it, hidden and system folders, those of
// Starling's own state, and what would be left out inside another.
//
// A shared folder that is missing stays shared: its files come back with it, and
// the catalog spares reading them again. A file that changes while it is read is
// noticed and read again later. A file is opened without following links and
// served only in the very state that was hashed.
//
// State in Options.Dir: catalog.db can be lost at the price of hashing;
// roots.json and adopted.jsonl hold the owner's choices, notice damage, and are
// copied in the catalog; damaged.json lists damaged files. One process at a time.
//
// Names from strangers become harmless in one place: DiskName for disks,
// DisplayName for screens.
//
// Changes are found twice over. The system is asked to tell of them, folder by
// folder, and a folder where something happened is looked at when it is calm
// there. A look at all names every minute finds what was not told: on network
// file systems, beyond Options.WatchFolders, when too much happened. Neither
// takes more than 2 % of a core. A file is hashed when it has been left alone for
// Options.QuietTime.
//
// Goals: an owner who is never surprised by what is shared, searches that do
// not wait, starts that read no file twice. Non-goals: the network, proving
// who asks.
//
// Goroutines: Library.Run owns a loop, a looker that walks the folders, a watch
// that hears what happens in them, and Options.HashReaders readers. Everything
// else runs in its caller's.
package share
