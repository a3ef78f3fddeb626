package transfer

// nextGroup is the group to send from now on: the one under way, or the next of
// those that are asked for.
func (u *upload) nextGroup() (g int, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current >= 0 {
		return u.current, true
	}
	if len(u.pending) == 0 {
		return 0, false
	}
	u.current, u.offset = u.pending[0], 0
	u.pending = u.pending[1:]
	return u.current, true
}
