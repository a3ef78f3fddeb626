package share

// syncDir has nothing to do: the move is written through.
func syncDir(string) error { return nil }
