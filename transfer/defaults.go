package transfer

// DefaultOptions spells out what the zero Options mean, for those who show the
// values to an owner. The Logger stays nil.
func DefaultOptions() Options {
	o := Options{}.withDefaults()
	o.Logger = nil
	return o
}
