// Package content says what a file is: its content id, the chunk groups it is
// fetched in, and the manifest that lets one group be checked on arrival.
//
// The content id is the BLAKE3 hash of the file's bytes, the very value that
// `b3sum file` prints. BLAKE3 is a tree: the file is cut into chunks of 1 KiB,
// each chunk is compressed to a chaining value, and pairs of chaining values
// are compressed upward to the root. Whole subtrees can therefore be hashed on
// their own, and that is all a manifest is:
//
//	file      |  group 0   |  group 1   |  group 2   | g 3 |
//	              │             │             │         │      subtree hash of each group
//	manifest    CV 0          CV 1          CV 2      CV 3     32 bytes each
//	               └────┬───────┘               └────┬────┘
//	                  parent                      parent       merged upward
//	                     └────────────┬──────────────┘
//	                             content id
//
// A receiver proves the manifest once against the id (Manifest.Prove), then
// checks every group with one subtree hash (Manifest.VerifyGroup). No proof
// travels with the bytes, and any group can come from anyone.
//
// Terms
//
//   - chunk: 1 KiB, BLAKE3's leaf. Never seen outside this package.
//   - chunk group, or group: 2^k KiB, the unit that is asked for, verified and
//     kept. 256 KiB for files up to 4 GiB, then growing with the file so that
//     there are never more than MaxGroups.
//   - CV: the chaining value of a group's subtree.
//   - manifest: the layout and one CV per group, at most 512 KiB. A file of one
//     group needs none: its only value is the id itself.
//   - collection: a folder as one content, an index and the bytes of its files.
//   - magnet link: a content id with a name, a size and nodes that may hold it.
//
// What is proven when: Prove binds the CVs to the id, but a liar may still
// have claimed a wrong size. The size is proven by the last group: once
// VerifyGroup(Groups()-1) has passed, SizeBytes is the true one. Reserve no
// space on a stranger's word before that.
//
// Goals: one hash for identity and verification; no allocation and no
// goroutine per verified group; the speed of the library's vector code.
// Non-goals: files, the network, the clock, encodings of proofs (Bao).
//
// The package starts no goroutine. A Manifest that is no longer written to may
// be used by many goroutines at once; Hasher, Verifier and Bitset belong to one.
package content
