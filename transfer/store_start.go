package transfer

import (
	"slices"

	"starling/share"
)

// The steps of a download that Options.hook is told besides those of its
// partial. A crash right after any of them costs neither.
const (
	stepAdopted = "adopted" // the library serves the finished file
	stepStored  = "stored"  // the list says how the run ended
)

// settleWithDisk makes the list agree with what lies on the disk, where a process
// was ended between the two: what was cancelled goes for good, journals of
// finished files go, and a journal that the list does not know is a download.
func (s *store) settleWithDisk(stateDir string, records []record) []record {
	listed := make(map[string]State)
	number := 0
	kept := slices.DeleteFunc(records, func(rec record) bool {
		listed[rec.ID.String()] = rec.State
		number = max(number, rec.Number)
		if rec.State == Cancelled && share.DiscardPartial(rec.partialOptions(stateDir)) == nil {
			_ = s.remove(rec.ID) // tried again at the next start
		}
		return rec.State == Cancelled
	})
	for _, found := range recovered(stateDir) {
		switch state, known := listed[found.ID.String()]; {
		case !known:
			number++
			found.Number = number
			kept = append(kept, found)
		case state == Done:
			_ = share.DiscardPartial(found.partialOptions(stateDir)) // as well
		}
	}
	return kept
}
