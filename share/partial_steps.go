package share

// The steps of a partial that PartialOptions.Hook is told, in the order of its
// life. A crash right after any of them costs no verified group and no finished
// file; the tests end a process at each.
const (
	StepCreated   = "created"   // the .part is there, empty and locked
	StepJournal   = "journal"   // this run's journal is begun
	StepManifest  = "manifest"  // the .part has its size, the journal the manifest
	StepFolder    = "folder"    // of a collection: its files hold the bytes, and the journal says so
	StepWritten   = "written"   // a group's bytes are written
	StepMarked    = "marked"    // and the journal says so
	StepSyncing   = "syncing"   // the journal says that an fsync of the .part begins
	StepOnDisk    = "on disk"   // it succeeded
	StepLanding   = "landing"   // the journal says where the .part is renamed to
	StepRenamed   = "renamed"   // it is
	StepSynced    = "synced"    // for good
	StepForgotten = "forgotten" // the journal is gone, others know of the file
)

// Steps are all of them.
func Steps() []string {
	return []string{
		StepCreated, StepJournal, StepManifest, StepFolder, StepWritten, StepMarked, StepSyncing, StepOnDisk,
		StepLanding, StepRenamed, StepSynced, StepForgotten,
	}
}
