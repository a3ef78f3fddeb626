package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A list of more files than one event holds comes whole, and ends in the summary.
func TestPreviewStreamsEveryFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "music")
	const files = 1500 // of long names: several events
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range files + 2 {
		name := fmt.Sprintf("%s %04d.mp3", strings.Repeat("x\x01", 50), i)
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, client := startTest(t, Options{Config: testConfig(t.TempDir())})
	listed, left, events := 0, 0, 0
	var summary *SharePreview
	for e, err := range client.PreviewFiles(context.Background(), dir, ShareOptions{Ignore: []string{"*0000.mp3", "*1501.mp3"}}) {
		if err != nil {
			t.Fatal(err)
		}
		events++
		for _, entry := range e.Entries {
			if entry.Type == "file" {
				listed++
			} else if left++; entry.Reason != "ignored" || !strings.Contains(entry.Why, ".mp3") {
				t.Errorf("%+v", entry)
			}
		}
		summary = e.Summary
	}
	if listed != files || left != 2 || events < 4 || summary == nil || summary.Files != files || summary.Ignored != 2 || len(summary.IgnoredBy) != 2 {
		t.Errorf("%d listed, %d left out in %d events; %+v", listed, left, events, summary)
	}
	var p *Problem
	for what, want := range map[string]Code{"relative": CodeUsage, "/": CodeFailed, dir + "-not": CodeFailed} {
		for _, err := range client.PreviewFiles(context.Background(), what, ShareOptions{}) {
			if !errors.As(err, &p) || p.Code != want {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if _, err := client.PreviewShare(context.Background(), dir, ShareOptions{Ignore: []string{"a["}}); !errors.As(err, &p) || p.Code != CodeUsage {
		t.Errorf("a bad pattern: %v", err)
	}
}
