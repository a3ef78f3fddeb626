package node

// VerifyRequest is the body of POST /v1/shares/verify: names of shared folders, or absolute paths of files and of folders with shared files in
// them; none for everything that is shared or fetched. The answer is a stream of events: damaged, unreadable and changed (VerifiedFile) and
// progress (VerifyCounts) as they come, then summary (VerifyCounts), or error (Problem).
type VerifyRequest struct {
	Targets []string `json:"targets,omitempty"`
}

// VerifiedFile is a file in which a verification has found something.
type VerifiedFile struct {
	Type      string     `json:"type"` // damaged: its bytes are not what was hashed; unreadable; changed: written to, moved or deleted since, and hashed again
	Path      string     `json:"path"` // on the disk
	Name      string     `json:"name"` // as others see it
	ID        string     `json:"id"`   // of what it should be
	SizeBytes int64      `json:"size_bytes"`
	Groups    int        `json:"groups"`               // chunk groups it has
	BadGroups int        `json:"bad_groups,omitempty"` // of them, those that are damaged or unreadable
	Bad       []BadRange `json:"bad,omitempty"`        // where they are, the first thousand runs of them
	MoreBad   bool       `json:"more_bad,omitempty"`   // there are more
	Reason    string     `json:"reason,omitempty"`     // why it cannot be read
}

// BadRange is a run of bad chunk groups.
type BadRange struct {
	Group       int   `json:"group"` // the first, counted from 0
	Groups      int   `json:"groups"`
	OffsetBytes int64 `json:"offset_bytes"`
	SizeBytes   int64 `json:"size_bytes"`
}

// VerifyCounts says how far a verification is, or was when it ended.
type VerifyCounts struct {
	Type       string `json:"type"`  // progress or summary
	Files      int    `json:"files"` // looked at
	OK         int    `json:"ok"`
	Damaged    int    `json:"damaged"`
	Changed    int    `json:"changed"`
	Unreadable int    `json:"unreadable"`
	Bytes      int64  `json:"bytes"` // read
	ElapsedMS  int64  `json:"elapsed_ms"`

	// Of progress.
	FilesAll int    `json:"files_all,omitempty"` // to look at
	BytesAll int64  `json:"bytes_all,omitempty"`
	Rate     int64  `json:"rate_bytes_per_s,omitempty"`
	ETAMS    int64  `json:"eta_ms,omitempty"` // -1 while unknown
	Path     string `json:"path,omitempty"`   // of the file that is read
}

// DamagedFile is one line of GET /v1/damaged: a file that is not served because its bytes are not what was hashed.
type DamagedFile struct {
	Path      string `json:"path"`
	ID        string `json:"id"` // of what it should be
	SizeBytes int64  `json:"size_bytes"`
	Groups    int    `json:"groups"`
	BadGroups int    `json:"bad_groups"`
	Found     string `json:"found"`
}

// RepairRequest is the body of POST /v1/repair: absolute paths, or all for every damaged file that is known.
type RepairRequest struct {
	Files []string `json:"files,omitempty"`
	All   bool     `json:"all,omitempty"`
	ID    string   `json:"id,omitempty"` // what the one file should be, a content id or a magnet link; else what was hashed
}

// RepairAnswer says what became of each file: it is being repaired by a download, nothing is wrong with it, it waits because a file of the
// same content is being repaired first, or it cannot be repaired. Ask again for those that wait when the downloads have ended. What is wrong with
// the only file that was asked for is a Problem, and no answer.
type RepairAnswer struct {
	Downloads []Download `json:"downloads"`
	Whole     []string   `json:"whole,omitempty"`
	Waiting   []string   `json:"waiting,omitempty"`

	Failed []RepairFailure `json:"failed,omitempty"`
}

// RepairFailure is a file that cannot be repaired, as a Problem has it.
type RepairFailure struct {
	Path    string `json:"path"`
	Code    Code   `json:"code"`
	Message string `json:"error"`
}
