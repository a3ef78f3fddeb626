package share

func addOdd(map[string]func(path string) error) {}
