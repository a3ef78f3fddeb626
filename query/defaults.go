package query

// DefaultOptions spells out what the zero Options mean, for those who show the
// values to an owner.
func DefaultOptions() Options { return Options{}.withDefaults() }
