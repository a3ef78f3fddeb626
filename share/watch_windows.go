package share

// watchFoldersDefault is none: a watch keeps its folder open, and then nobody can
// rename the folders around it.
const watchFoldersDefault = -1
