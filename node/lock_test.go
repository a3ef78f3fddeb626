package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLockState(t *testing.T) {
	dir := t.TempDir()
	first, err := lockState(dir)
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := lockState(dir); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Fatalf("second lock: %v", err)
	} else if !strings.Contains(err.Error(), "already runs") || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "down") {
		t.Errorf("the sentence lacks what, where or what to do: %v", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockState(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again.release()
}

// TestLockLeftBehind: a file left by a killed node holds nobody up, whatever is in it.
func TestLockLeftBehind(t *testing.T) {
	for _, text := range []string{"", "99999999\n", "garbage", "-5", strings.Repeat("9", 1000)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, lockName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		lock, err := lockState(dir)
		if err != nil {
			t.Fatalf("left behind %q: %v", text, err)
		}
		lock.release()
	}
}

func TestQuoteArg(t *testing.T) {
	for in, want := range map[string]string{"/a/b": "/a/b", "/my dir": "'/my dir'", "it's": `'it'\''s'`, "": "''"} {
		if got := QuoteArg(in); got != want {
			t.Errorf("QuoteArg(%q) = %s, want %s", in, got, want)
		}
	}
}
