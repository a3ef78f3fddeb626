package share

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"time"

	"starling/share/content"
)

// The journal of a partial is a magic line and then records, each
//
//	kind (1 byte) | payload length (4, little-endian) | payload | CRC-32C (4)
//
// The sum covers the record's offset in the file as well, so that a stale
// record left at another place is not believed. Reading stops at the first
// record that does not check; whatever follows it counts for nothing.
const (
	journalMagic    = "starling partial 1\n"
	journalMaxBytes = 4 << 20 // a manifest and a mark for each of 16,384 groups need 0.8 MiB
	recordExtra     = 1 + 4 + 4
)

const (
	recordOpened   = 'O' // journalHeader as JSON: a run began
	recordManifest = 'M' // size in bytes (8), chaining values
	recordHeld     = 'H' // bitset of all groups held
	recordGroup    = 'G' // one group held (4)
	recordFolder   = 'F' // it is a collection, and the files hold its bytes; 1 where their disk folds case (1), 1 after an fsync that succeeded (1)
	recordSyncing  = 'S' // an fsync of the .part begins; it succeeded if a C or L follows
	recordClosed   = 'C' // the run ended cleanly, the .part is on the disk; its time of change, ns (8)
	recordLanding  = 'L' // the path the .part is about to be renamed to
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journalHeader says whose journal it is and under which boot it was written.
type journalHeader struct {
	ID   content.ID  `json:"id"`
	Dir  string      `json:"dir"`
	Name string      `json:"name"`
	Mode os.FileMode `json:"mode"` // of the finished file
	Boot string      `json:"boot,omitempty"`
}

// journalState is what a journal told.
type journalState struct {
	header   journalHeader
	manifest *content.Manifest
	have     content.Bitset
	landing  string
	folder   bool
	folds    bool
	clean    bool  // ended by recordClosed
	closed   int64 // the .part's time of change then, Unix ns
	syncing  bool  // an fsync began, and perhaps it failed
	damaged  bool  // something after the last good record
}

// journal is open for appending. Its owner locks.
type journal struct {
	file   diskFile
	end    int64
	record []byte // kept from one record to the next, which spares allocating it
}

func journalPath(stateDir string, id content.ID) string {
	return filepath.Join(stateDir, id.String()+".journal")
}

func removeJournal(d disk, stateDir string, id content.ID) error {
	if err := d.remove(journalPath(stateDir, id)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// appendRecord appends a record that will stand at offset off of the file.
func appendRecord(dst []byte, off int64, kind byte, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, kind)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = append(dst, payload...)
	return binary.LittleEndian.AppendUint32(dst, recordSum(off, dst[start:]))
}

func recordSum(off int64, record []byte) uint32 {
	sum := ^uint32(0)
	for range 8 { // the offset, little-endian; crc32.Update would put it on the heap
		sum = castagnoli[byte(sum)^byte(off)] ^ sum>>8
		off >>= 8
	}
	return crc32.Update(^sum, castagnoli, record)
}

// add writes one record at the end. After a failure the end stays where it was,
// so the next record overwrites the torn one.
func (j *journal) add(kind byte, payload []byte) error {
	j.record = appendRecord(j.record[:0], j.end, kind, payload)
	if _, err := j.file.WriteAt(j.record, j.end); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.end += int64(len(j.record))
	return nil
}

func (j *journal) addManifest(m *content.Manifest) error {
	return j.add(recordManifest, manifestPayload(m))
}

func manifestPayload(m *content.Manifest) []byte {
	return m.AppendCVs(binary.LittleEndian.AppendUint64(nil, uint64(m.SizeBytes)))
}

func (j *journal) addFolder(folds, synced bool) error {
	return j.add(recordFolder, folderPayload(folds, synced))
}

func folderPayload(folds, synced bool) []byte {
	payload := []byte{0, 0}
	if folds {
		payload[0] = 1
	}
	if synced {
		payload[1] = 1
	}
	return payload
}

func (j *journal) addGroup(g int) error {
	var payload [4]byte
	binary.LittleEndian.PutUint32(payload[:], uint32(g))
	return j.add(recordGroup, payload[:])
}

// addClosed is believed after a power cut, so it goes to the disk. The time of
// change ties it to this .part: the journal may outlive it, and come back.
func (j *journal) addClosed(changed time.Time) error {
	payload := binary.LittleEndian.AppendUint64(nil, uint64(changed.UnixNano()))
	return errors.Join(j.add(recordClosed, payload), j.file.Sync())
}

// addLanding too.
func (j *journal) addLanding(path string) error {
	return errors.Join(j.add(recordLanding, []byte(path)), j.file.Sync())
}

// createJournal writes a fresh journal that begins with state s, replacing the
// old one in a single step.
func createJournal(d disk, stateDir string, s journalState) (*journal, error) {
	header, err := json.Marshal(s.header)
	if err != nil {
		return nil, fmt.Errorf("encode journal: %w", err)
	}
	b := []byte(journalMagic)
	b = appendRecord(b, int64(len(b)), recordOpened, header)
	if s.manifest != nil {
		b = appendRecord(b, int64(len(b)), recordManifest, manifestPayload(s.manifest))
		b = appendRecord(b, int64(len(b)), recordHeld, s.have.Bytes())
	}
	if s.folder {
		b = appendRecord(b, int64(len(b)), recordFolder, folderPayload(s.folds, false))
	}
	path := journalPath(stateDir, s.header.ID)
	if err := makeDir(d, stateDir, 0o700); err != nil {
		return nil, err
	}
	if err := writeNew(d, path+".new", b); err != nil {
		return nil, err
	}
	if err := d.rename(path+".new", path, true); err != nil {
		return nil, err
	}
	file, err := d.open(path, 0, 0)
	if err != nil {
		return nil, err
	}
	return &journal{file: file, end: int64(len(b))}, nil
}

// writeNew writes a file that has nothing of an earlier one of its name: after a
// power cut, old records could stand behind new ones.
func writeNew(d disk, path string, b []byte) error {
	if err := d.remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := d.open(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(b, 0)
	return errors.Join(err, file.Close())
}

// readJournal gives what the journal at path tells. found is false where there
// is none to speak of: absent, unreadable, or without a header.
func readJournal(d disk, path string) (s journalState, found bool) {
	b, err := d.read(path, journalMaxBytes+1)
	if err != nil || len(b) > journalMaxBytes {
		return s, false
	}
	return parseJournal(b)
}

func parseJournal(b []byte) (s journalState, found bool) {
	if len(b) < len(journalMagic) || string(b[:len(journalMagic)]) != journalMagic {
		return s, false
	}
	off := len(journalMagic)
	for off < len(b) {
		kind, payload, ok := parseRecord(b[off:], int64(off))
		if !ok || !s.apply(kind, payload) {
			s.damaged = true
			break
		}
		off += len(payload) + recordExtra
	}
	return s, !s.header.ID.IsZero()
}

func parseRecord(b []byte, off int64) (kind byte, payload []byte, ok bool) {
	if len(b) < recordExtra {
		return 0, nil, false
	}
	size := binary.LittleEndian.Uint32(b[1:])
	if uint64(size) > uint64(len(b)-recordExtra) {
		return 0, nil, false
	}
	body := b[:5+size]
	if binary.LittleEndian.Uint32(b[len(body):]) != recordSum(off, body) {
		return 0, nil, false
	}
	return b[0], body[5:], true
}

// apply takes one record into the state; false means it makes no sense.
func (s *journalState) apply(kind byte, payload []byte) bool {
	s.clean = kind == recordClosed
	switch kind {
	case recordOpened:
		return s.header.ID.IsZero() && json.Unmarshal(payload, &s.header) == nil
	case recordManifest:
		return s.applyManifest(payload)
	case recordHeld:
		return s.applyHeld(payload)
	case recordGroup:
		return s.applyGroup(payload)
	case recordFolder:
		return s.applyFolder(payload)
	case recordSyncing:
		s.syncing = true
	case recordLanding:
		s.landing, s.syncing = string(payload), false
	case recordClosed:
		return s.applyClosed(payload)
	default:
		return false
	}
	return true
}

func (s *journalState) applyManifest(payload []byte) bool {
	if len(payload) < 8 || s.manifest != nil {
		return false
	}
	m, err := content.ParseManifest(int64(binary.LittleEndian.Uint64(payload)), slices.Clone(payload[8:]))
	if err != nil || m.Prove(s.header.ID) != nil {
		return false
	}
	s.manifest, s.have = m, content.NewBitset(m.Groups())
	return true
}

func (s *journalState) applyClosed(payload []byte) bool {
	if len(payload) < 8 {
		return false
	}
	s.closed, s.syncing = int64(binary.LittleEndian.Uint64(payload)), false
	return true
}

func (s *journalState) applyFolder(payload []byte) bool {
	if len(payload) < 2 {
		return false
	}
	s.folder, s.folds = true, payload[0] == 1
	s.syncing = s.syncing && payload[1] == 0
	return true
}

func (s *journalState) applyHeld(payload []byte) bool {
	if s.manifest == nil {
		return false
	}
	have, err := content.FromBytes(s.manifest.Groups(), payload)
	s.have = have
	return err == nil
}

func (s *journalState) applyGroup(payload []byte) bool {
	if s.manifest == nil || len(payload) != 4 {
		return false
	}
	g := binary.LittleEndian.Uint32(payload)
	if uint64(g) >= uint64(s.have.Len()) {
		return false
	}
	s.have.Set(int(g))
	return true
}
