package config_test

import (
	"strings"
	"testing"

	"starling/config"
)

func TestUnknownKeysNameTheNearestKnownOne(t *testing.T) {
	for file, want := range map[string]string{
		"download = '/x'":                    `unknown key "download"; did you mean "downloads"?`,
		"[overlay]\nprot = 1":                `unknown key "overlay.prot"; did you mean "overlay.port"?`,
		"[overlay]\nPort = 1":                `unknown key "overlay.Port"; did you mean "overlay.port"?`,
		"[overly]\nport = 1":                 `unknown key "overly.port"; did you mean "overlay.port"?`,
		"port = 1":                           `unknown key "port"; did you mean "overlay.port"?`,
		"[query]\nwaves = 1":                 `unknown key "query.waves"; did you mean "query.waves_max"?`,
		"overlay = 1":                        `unknown key "overlay"`,
		"[[overlay]]\nport = 1":              `unknown key "overlay"`,
		"[downloads]\nx = 1":                 `unknown key "downloads.x"; did you mean "downloads"?`,
		"[overlay.port]\nx = 1":              `unknown key "overlay.port.x"; did you mean "overlay.port"?`,
		"[overlay.port]":                     `overlay.port`,
		"completely_different_from_all = 1":  `unknown key "completely_different_from_all"; 'starling config show' lists`,
		"a = 1\nlog_level = 'info'\nb = 2\n": `unknown key "b"`,
	} {
		path := write(t, file)
		_, err := config.Load(flagSet(t, "--config", path))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q:\n%v\nwant %s", file, err, want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Setenv("STARLING_DATA", "a test's own business")
	t.Setenv("STARLING_BENCH_SIZE", "1G")
	t.Setenv("XSTARLING_OVERLAY_PORTS", "1")
	if _, err := config.Load(flagSet(t, "--config", write(t, ""))); err != nil {
		t.Fatalf("variables of no key: %v", err)
	}
	for name, want := range map[string]string{
		"STARLING_OVERLAY_PROT": `unknown variable STARLING_OVERLAY_PROT; did you mean "STARLING_OVERLAY_PORT"?`,
		"STARLING_QUERY_X":      "unknown variable STARLING_QUERY_X",
		"STARLING_DOWNLOAD":     `did you mean "STARLING_DOWNLOADS"?`,
		"STARLING_CONFI":        `did you mean "STARLING_CONFIG"?`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "1")
			_, err := config.Load(flagSet(t, "--config", write(t, "")))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

func TestBadFilesSayWhere(t *testing.T) {
	for file, want := range map[string]string{
		"port = ":                             ":1:",
		"\n\n[overlay\nport = 1":              ":3:",
		"downloads = 'a'\ndownloads = 'b'":    "downloads",
		"a = \x00":                            ":1:",
		"log_level = 'info'\n\xff":            "config.toml",
		"#" + strings.Repeat("x", 1<<20):      "larger than",
		"[overlay]\nport = 1\n[overlay]\n":    "overlay",
		"log_level = \"info\" log_format = 1": ":1:",
	} {
		path := write(t, file)
		_, err := config.Load(flagSet(t, "--config", path))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.40q: %v, want %q", file, err, want)
		}
	}
}
