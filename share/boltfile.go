package share

// CheckBoltFile looks at the pages of a bbolt file before bbolt trusts them: an
// error says that the file is damaged and better set aside. One that does not
// exist, or is empty, is fine.
func CheckBoltFile(path string) error { return checkBoltFile(path) }
