package words

// Allows reports whether the filters and exclusions let d pass, without asking
// for the words. It is what can be said of a hit, whose folder its asker does
// not know and whose words may stand in the folder's name.
func (e Expr) Allows(d Doc) bool {
	if !e.MatchFilters(d) {
		return false
	}
	var t Text
	t.SetDoc(d.Path, d.Tags)
	for _, term := range e.excluded {
		if term.in(&t) {
			return false
		}
	}
	return true
}
