package transfer

import "starling/transfer/pb"

// Directory makes sources reachable for others. A source is passed on as a
// record, which its node has signed, because nobody dials an address whose owner
// did not sign it.
type Directory interface {
	// Record returns the record of a source, or nil if none is known.
	Record(s Source) []byte
	// Learn remembers how to reach whose record it is, and names it. The error
	// says that the record proves nothing.
	Learn(record []byte) (Source, error)
	// Reach gives what is needed to reach a source after a restart of this node: its
	// record, and addresses that are for this node alone. nil if nothing is known.
	Reach(s Source) []byte
	// Recall takes back what Reach gave.
	Recall(s Source, reach []byte) error
}

// reachMaxBytes bounds what is kept to reach a source again.
const reachMaxBytes = 8 << 10

// plainDirectory is for nodes that are reachable by their id alone.
type plainDirectory struct{}

func (plainDirectory) Record(s Source) []byte              { return []byte(s) }
func (plainDirectory) Learn(record []byte) (Source, error) { return Source(record), nil }
func (plainDirectory) Reach(Source) []byte                 { return nil }
func (plainDirectory) Recall(Source, []byte) error         { return nil }

// sourcesMessage names sources by their records; nil when none is known. It
// stays well below the limit of a frame.
func sourcesMessage(d Directory, sources []Source) *pb.Message {
	m := &pb.Sources{}
	size := 0
	for _, s := range sources {
		record := d.Record(s)
		if len(record) == 0 || len(record) > recordMaxBytes || size+len(record) > frameMaxBytes*3/4 {
			continue
		}
		size += len(record)
		m.Records = append(m.Records, record)
	}
	if len(m.Records) == 0 {
		return nil
	}
	return &pb.Message{Kind: &pb.Message_Sources{Sources: m}}
}

// sourcesOf takes the sources of a Sources message. Lists longer than
// sourcesPerFrame are cut: each record may cost a signature check.
func sourcesOf(d Directory, m *pb.Sources) []Source {
	records := m.GetRecords()
	var sources []Source
	for _, record := range records[:min(len(records), sourcesPerFrame)] {
		if len(record) > recordMaxBytes {
			continue
		}
		if s, err := d.Learn(record); err == nil && s != "" && len(s) <= sourceMaxBytes {
			sources = append(sources, s)
		}
	}
	return sources
}

// introduces says whether a fetching node that offers to serve can be named to
// others: its greeting carries its own record.
func introduces(d Directory, node Source, record []byte) bool {
	if len(record) == 0 || len(record) > recordMaxBytes {
		return false
	}
	s, err := d.Learn(record)
	return err == nil && s == node
}
