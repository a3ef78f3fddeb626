package node

import (
	"runtime"
	"runtime/debug"
	"time"
)

// Build says what this program was made from.
type Build struct {
	Version  string `json:"version"` // a module version, or devel with the commit
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Libp2p   string `json:"libp2p,omitempty"`
	time     time.Time
}

// BuildInfo reads what the Go tool has left in the program.
func BuildInfo() Build {
	out := Build{Version: "devel", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		out.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			out.Revision = s.Value
		case "vcs.modified":
			out.Modified = s.Value == "true"
		case "vcs.time":
			out.time, _ = time.Parse(time.RFC3339, s.Value)
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/libp2p/go-libp2p" {
			out.Libp2p = dep.Version
		}
	}
	return out
}
