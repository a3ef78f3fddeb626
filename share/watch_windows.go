package share

// watchFoldersDefault is small, as each watch keeps a handle and 64 KiB.
const watchFoldersDefault = 256
