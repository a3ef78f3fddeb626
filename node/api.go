package node

// The shapes of the control API. They are the public contract of every --json line and of every script: fields are only ever added.
// Names are snake_case and end in their unit. Content ids are 64 lower-case hex digits, node ids are libp2p peer ids, times are RFC 3339.

// Status is the answer of GET /v1/status.
type Status struct {
	ID               string   `json:"id"`
	Addresses        []string `json:"addresses"` // full multiaddrs with /p2p/
	Neighbours       int      `json:"neighbours"`
	SharedFiles      int      `json:"shared_files"`
	SharedBytes      int64    `json:"shared_bytes"`
	SeededFiles      int      `json:"seeded_files"` // fetched, outside the shared folders, served by id
	API              string   `json:"api"`          // unix:PATH or http://127.0.0.1:PORT
	HTTP             string   `json:"http,omitempty"`
	Version          string   `json:"version"`
	PID              int      `json:"pid"`
	StateDir         string   `json:"state_dir"`
	DownloadDir      string   `json:"download_dir"`
	UptimeMS         int64    `json:"uptime_ms"`
	Downloads        int      `json:"downloads"` // not yet finished
	Uploads          int      `json:"uploads"`   // being served now
	UpRate           int64    `json:"up_rate_bytes_per_s"`
	DownRate         int64    `json:"down_rate_bytes_per_s"`
	UpLimit          int64    `json:"up_limit_bytes_per_s"`
	DownLimit        int64    `json:"down_limit_bytes_per_s"`
	HashingFiles     int      `json:"hashing_files"` // waiting to be hashed before they can be found
	HashingBytes     int64    `json:"hashing_bytes"` // of them, not read yet
	HashingRate      int64    `json:"hashing_rate_bytes_per_s"`
	HashingETAMS     int64    `json:"hashing_eta_ms"`     // until all of them are hashed, about; -1 while nobody knows
	HashingDoneFiles int      `json:"hashing_done_files"` // hashed since there was nothing to hash
	HashingDoneBytes int64    `json:"hashing_done_bytes"`
	RestingFiles     int      `json:"resting_files"`      // changed a moment ago; hashed when they have been left alone for share.quiet
	DamagedFiles     int      `json:"damaged_files"`      // not served, because their bytes are not what was hashed
	Searchable       *bool    `json:"fetched_searchable"` // null: the owner has not been asked yet
	Notices          []string `json:"notices,omitempty"`  // state files that were set aside and rebuilt, what is wrong with shared folders now, and the like
	Reach            Reach    `json:"reach"`
}

// Reach says how others can find this node, and what was tried.
type Reach struct {
	Interfaces []string `json:"interfaces"` // name and addresses, as "eth0 192.168.1.20"
	Port       int      `json:"port"`
	LAN        bool     `json:"lan"`
	Multicast  string   `json:"multicast"` // works | off | why it does not
	Tried      []string `json:"tried,omitempty"`
	Invite     string   `json:"invite"` // the line to type on the other machine
}

// Neighbour is one line of GET /v1/neighbours.
type Neighbour struct {
	N           int    `json:"n"`
	ID          string `json:"id"`
	Address     string `json:"address"`
	Role        string `json:"role"`            // ultrapeer or leaf
	Agent       string `json:"agent,omitempty"` // program and version, as it says
	Neighbours  int    `json:"neighbours"`      // as it says
	Inbound     bool   `json:"inbound"`
	RoundTripMS int64  `json:"round_trip_ms"`
	AgeMS       int64  `json:"age_ms"`
}

// SearchRequest is the body of POST /v1/search. The answer is a stream of events: hit (Hit), then receipt (Receipt), or error (Problem).
type SearchRequest struct {
	Expression string `json:"expression"`
	TTL        int    `json:"ttl,omitempty"`     // links; 0: the node's default
	Want       int    `json:"want,omitempty"`    // distinct content ids after which to stop; 0: no limit but the node's own
	WaitMS     int64  `json:"wait_ms,omitempty"` // longest wait; 0: the node's default
	Strategy   string `json:"strategy,omitempty"`
}

// Hit is one row of a search: one content id, however many nodes hold it. The same N comes again when sources grow.
type Hit struct {
	Type      string `json:"type"` // "hit"
	Search    string `json:"search"`
	N         int    `json:"n"`
	Name      string `json:"name"`
	SizeBytes int64  `json:"size_bytes"`
	ID        string `json:"id"`
	Sources   int    `json:"sources"` // distinct nodes
	Hops      int    `json:"hops"`    // least among them
	Kind      string `json:"kind,omitempty"`
	Files     int    `json:"files,omitempty"` // of a collection, as its holders say
	Tags      string `json:"tags,omitempty"`  // what the file says of itself, as a holder tells: one line, at most 200 bytes
	HeldBytes int64  `json:"held_bytes"`      // the most any one source holds; size_bytes when one has it whole
	FreeSlots int    `json:"free_slots"`      // over all sources
	Have      bool   `json:"have"`            // this node shares or seeds it already
}

// Receipt ends a search and says what became of it. answered, rows and hits are what this node holds in its hands; the other counts are
// sums that the nodes asked have told, and final only when complete is true.
type Receipt struct {
	Type        string `json:"type"` // "receipt"
	Search      string `json:"search"`
	GUID        string `json:"guid"` // 32 hex digits
	Rows        int    `json:"rows"` // distinct content ids
	Hits        int    `json:"hits"`
	Asked       int    `json:"asked"`    // nodes the query reached
	Answered    int    `json:"answered"` // nodes whose hits came
	Messages    int    `json:"messages"` // copies of the query sent by all nodes together
	Duplicates  int    `json:"duplicates"`
	Reforwarded int    `json:"reforwarded"`
	PrunedTTL   int    `json:"pruned_ttl"` // links not followed because the TTL was used up
	RateLimited int    `json:"rate_limited"`
	Lost        int    `json:"lost"`     // copies never answered for
	Complete    bool   `json:"complete"` // every copy was answered for
	TTL         int    `json:"ttl"`      // as asked for; 0: the default
	ElapsedMS   int64  `json:"elapsed_ms"`
	FirstHitMS  int64  `json:"first_hit_ms"` // -1 without a hit
	Stopped     string `json:"stopped"`      // finished | enough | waited | cancelled
}

// GetRequest is the body of POST /v1/downloads. The answer is one Download for each target.
type GetRequest struct {
	Targets    []string `json:"targets"`              // 3, 1-4, S2.3, content ids, prefixes of known ones, magnet links
	Dir        string   `json:"dir,omitempty"`        // absolute; empty: the node's download folder
	OnExists   string   `json:"on_exists,omitempty"`  // rename (default) | skip | overwrite
	Searchable *bool    `json:"searchable,omitempty"` // for these files only; null: the owner's standing word
}

// Download is one download at one moment. GET /v1/downloads/{id}/events streams it until a final state.
type Download struct {
	Type         string   `json:"type"` // "download"; "done" on the last line of get
	N            int      `json:"n"`
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Path         string   `json:"path,omitempty"`
	State        string   `json:"state"` // queued, finding, running, paused, verifying, done, failed, cancelled
	Reason       string   `json:"reason,omitempty"`
	Code         Code     `json:"code,omitempty"` // of a failure
	SizeBytes    int64    `json:"size_bytes"`     // 0 while unknown
	HaveBytes    int64    `json:"have_bytes"`
	FetchedBytes int64    `json:"fetched_bytes"` // verified, moved by this run
	WastedBytes  int64    `json:"wasted_bytes"`  // moved and not needed
	Rate         int64    `json:"rate_bytes_per_s"`
	ETAMS        int64    `json:"eta_ms"` // -1 while unknown
	ElapsedMS    int64    `json:"elapsed_ms"`
	Files        int      `json:"files,omitempty"`      // of a collection, once they are known
	FilesHeld    int      `json:"files_held,omitempty"` // of them, those that are verified whole
	Repairs      string   `json:"repairs,omitempty"`    // the path of the file that is being repaired
	Cached       bool     `json:"cached,omitempty"`     // fetched only while it is read, see GET /v1/content/TARGET
	Sources      []Source `json:"sources"`
}

// Source is one node a download takes from.
type Source struct {
	Node          string `json:"node"`
	State         string `json:"state"`
	Reason        string `json:"reason,omitempty"`
	Bytes         int64  `json:"bytes"`
	Rate          int64  `json:"rate_bytes_per_s"`
	QueuePosition int    `json:"queue_position"`
	QueueETAMS    int64  `json:"queue_eta_ms,omitempty"` // as the source reckons; 0 while unknown
}

// PlayRequest is the body of POST /v1/play.
type PlayRequest struct {
	Target string `json:"target"` // one of: 3, S2.3, a content id, the prefix of a known one, a magnet link
}

// Play is an address from which one file can be read while it comes, with ranges, by any program of this machine, until the node stops or
// nobody has used it for 12 hours.
type Play struct {
	Type        string `json:"type"` // "play"
	ID          string `json:"id"`
	Name        string `json:"name"`
	SizeBytes   int64  `json:"size_bytes"`   // 0 while unknown
	ContentType string `json:"content_type"` // application/octet-stream: handed out as a download, never shown in place
	URL         string `json:"url"`
}

// Upload is one line of GET /v1/uploads.
type Upload struct {
	N             int    `json:"n"`
	Node          string `json:"node"`
	ID            string `json:"id"`
	Name          string `json:"name"`
	State         string `json:"state"`          // sending, waiting, idle
	QueuePosition int    `json:"queue_position"` // 1 is next; 0: it does not wait
	QueueETAMS    int64  `json:"queue_eta_ms"`   // until it is served, as far as can be told
	SizeBytes     int64  `json:"size_bytes"`
	SentBytes     int64  `json:"sent_bytes"`
	GivenBytes    int64  `json:"given_bytes"` // verified bytes from that node, those of 3 days ago counted half
	Rate          int64  `json:"rate_bytes_per_s"`
	ElapsedMS     int64  `json:"elapsed_ms"`
}

// Limits is the body and the answer of /v1/limits: 0 means unlimited, a missing field leaves that limit as it is, and all of them are in the
// answer. The WAN limits are for connections beyond the local network, which keep to the common limit as well.
type Limits struct {
	Up       *int64  `json:"up_bytes_per_s,omitempty"`
	Down     *int64  `json:"down_bytes_per_s,omitempty"`
	UpWAN    *int64  `json:"up_wan_bytes_per_s,omitempty"`
	DownWAN  *int64  `json:"down_wan_bytes_per_s,omitempty"`
	Schedule *string `json:"schedule,omitempty"` // a timetable as "mon-fri 09:00,1M; 18:00,0"; "" or "off" for none

	// Of the answer alone: who each is set by, hand, timetable, configuration or default, until when, where the timetable's next entry changes
	// that, and what that entry begins.
	UpBy       string      `json:"up_by,omitempty"`
	DownBy     string      `json:"down_by,omitempty"`
	UpWANBy    string      `json:"up_wan_by,omitempty"`
	DownWANBy  string      `json:"down_wan_by,omitempty"`
	ScheduleBy string      `json:"schedule_by,omitempty"`
	UpUntil    string      `json:"up_until,omitempty"`
	DownUntil  string      `json:"down_until,omitempty"`
	Next       *LimitsNext `json:"next,omitempty"`
}

// LimitsNext is what holds from the timetable's next entry on.
type LimitsNext struct {
	At   string `json:"at"`
	Up   int64  `json:"up_bytes_per_s"`
	Down int64  `json:"down_bytes_per_s"`
}

// Share is one shared folder.
type Share struct {
	N         int    `json:"n"`
	Name      string `json:"name"`
	Path      string `json:"path"`
	Files     int    `json:"files"`
	SizeBytes int64  `json:"size_bytes"`
	Added     string `json:"added,omitempty"`
	Problem   string `json:"problem,omitempty"`
	Damaged   int    `json:"damaged_files,omitempty"` // of it, not served

	HashingFiles int `json:"hashing_files,omitempty"` // waiting to be hashed before they can be found

	Collection bool   `json:"collection,omitempty"` // shared as one thing as well
	ID         string `json:"id,omitempty"`         // of the collection, once its files are hashed

	Collections []InnerCollection `json:"collections,omitempty"` // folders in it that are one thing as well

	Ignore []string `json:"ignore,omitempty"` // patterns of names that are left out, as gitignore has them

	Audience
}

// InnerCollection is a folder in a shared folder that is shared as one thing as well.
type InnerCollection struct {
	Path string `json:"path"`
	ID   string `json:"id,omitempty"` // once its files are hashed

	Damaged int `json:"damaged_files,omitempty"` // in it; it has no id until they are repaired
}

// SharePreview says what adding a folder would share.
type SharePreview struct {
	Path         string      `json:"path"`
	Name         string      `json:"name"` // it would be shared under
	Files        int         `json:"files"`
	SizeBytes    int64       `json:"size_bytes"`
	Largest      []NamedSize `json:"largest"`
	Flagged      []Flag      `json:"flagged"`       // left out because their names look like secrets, some of them
	FlaggedFiles int         `json:"flagged_files"` // how many those are in all
	Skipped      int         `json:"skipped"`       // hidden and special files left out
	Problem      string      `json:"problem,omitempty"`

	Hidden     int         `json:"hidden"`     // of the skipped: hidden files and folders
	Unfinished int         `json:"unfinished"` // of the skipped: downloads in progress
	Others     int         `json:"others"`     // of the skipped: links, FIFOs, sockets and devices
	Ignored    int         `json:"ignored"`    // files and folders left out by patterns; a folder counts once
	IgnoredBy  []IgnoredBy `json:"ignored_by"` // the patterns that did it, those that left out most
	Unread     int         `json:"unread"`     // files and folders that cannot be read; problem says more
}

// IgnoredBy is a pattern that leaves something out.
type IgnoredBy struct {
	Pattern string `json:"pattern"`
	Source  string `json:"source"`         // a .starlingignore in the folder, "share add --ignore", or the setting "share.ignore"
	Line    int    `json:"line,omitempty"` // in a .starlingignore
	Count   int    `json:"count"`          // files and folders, but for what lies in such folders
}

// PreviewEntry is a file that would be shared, or something that is left out.
type PreviewEntry struct {
	Type      string `json:"type"` // "file" or "left_out"
	Path      string `json:"path"` // as others would see it; a folder's ends in a slash
	SizeBytes int64  `json:"size_bytes"`
	Reason    string `json:"reason,omitempty"` // hidden, unfinished, ignored, flagged, not a file, unreadable
	Why       string `json:"why,omitempty"`    // the pattern and where it stands, what the name may stand for, or what is wrong
}

// NamedSize is a file and how large it is.
type NamedSize struct {
	Name      string `json:"name"`
	SizeBytes int64  `json:"size_bytes"`
}

// Flag is a file that is not shared for its name, and what that name may stand for.
type Flag struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// BrowseEntry is one entry of another node's shared folders, or of this node's own.
type BrowseEntry struct {
	Name      string `json:"name"`
	Dir       bool   `json:"dir"`
	Files     int    `json:"files,omitempty"` // of a folder
	SizeBytes int64  `json:"size_bytes"`
	ID        string `json:"id,omitempty"` // of a file, or a folder that is a collection
	Kind      string `json:"kind,omitempty"`
	Tags      string `json:"tags,omitempty"` // what a file says of itself, one line
}

// BrowsePage is the answer of GET /v1/browse: entries in the order of their names, and whether more follow.
type BrowsePage struct {
	Entries []BrowseEntry `json:"entries"`
	More    bool          `json:"more"`
	After   string        `json:"after,omitempty"` // where the next page goes on
}

// Link is the answer of GET /v1/link.
type Link struct {
	Name      string `json:"name"`
	ID        string `json:"id"`
	SizeBytes int64  `json:"size_bytes"`
	Files     int    `json:"files,omitempty"` // of a collection
	Magnet    string `json:"magnet"`
}

// Check is one line of doctor.
type Check struct {
	Name   string `json:"name"`
	Result string `json:"result"` // ok | warn | fail
	Found  string `json:"found"`
	Try    string `json:"try,omitempty"`
}

// Code says in one word why a request failed; cmd/starling maps each to an exit code.
type Code string

// The reasons a request can fail.
const (
	CodeFailed       Code = "failed"
	CodeUsage        Code = "usage"
	CodeNotRunning   Code = "not_running"
	CodeNotFound     Code = "not_found"
	CodeTimeout      Code = "timeout"
	CodeVerification Code = "verification"
	CodeNoSpace      Code = "no_space"
	CodeRefused      Code = "refused"
	CodeNoNeighbours Code = "no_neighbours"
)

// A Problem is the body of every failed request and of an error event: what happened, why, and what to try.
type Problem struct {
	Code    Code   `json:"code"`
	Message string `json:"error"`
	Reach   *Reach `json:"reach,omitempty"` // with CodeNoNeighbours: what was tried
}

func (p *Problem) Error() string { return p.Message }
