package transfer

import "time"

// publish shows how the run stands.
func (r *run) publish(state State) {
	rec := r.d.snapshot()
	s := Status{
		ID: rec.ID, Number: rec.Number, Name: rec.Name, SizeBytes: rec.SizeBytes,
		Rate: int64(r.rate.rate), ETA: -1,
		State: state, Reason: r.reason, Added: rec.Added, Cached: rec.cached, Repairs: rec.target(),
	}
	if r.partial != nil && r.picker != nil {
		s.HaveBytes = r.partial.HaveBytes()
		s.Files, s.FilesHeld = r.partial.Files()
		r.d.setFiles(s.Files)
	}
	if r.picker != nil {
		s.WastedBytes = r.picker.WastedBytes()
		if left := rec.SizeBytes - s.HaveBytes; r.rate.rate >= 1 {
			s.ETA = time.Duration(float64(left) / r.rate.rate * float64(time.Second))
		}
	}
	for _, p := range r.peers {
		s.Sources = append(s.Sources, p.status())
	}
	r.d.show(s)
}

func (p *peer) status() SourceStatus {
	s := SourceStatus{
		Node: p.source, State: p.state, Reason: plainly(p.err), Bytes: p.bytes, Rate: int64(p.rate.rate),
		QueuePosition: p.position, QueueETA: p.eta,
	}
	return s
}
