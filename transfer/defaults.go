package transfer

// DefaultOptions spells out what the zero Options mean, for those who show the
// values to an owner. Logger and Directory stay nil.
func DefaultOptions() Options {
	o := Options{}.withDefaults()
	o.Logger, o.Directory = nil, nil
	return o
}
