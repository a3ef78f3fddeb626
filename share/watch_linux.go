package share

// watchFoldersDefault is what the kernel's own default lets one user have on a
// machine with 4 GiB, about half.
const watchFoldersDefault = 32_768
