package scenario

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBuildDelay(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good": "0\t30\n30\t0\n", "bad": "0\t30\n30\tx\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := load(t, "flood")
	s.Latency.MS = 50
	build := func(kind, file string) (time.Duration, error) {
		s.Latency.Kind, s.Latency.File = kind, filepath.Join(dir, file)
		d, err := buildDelay(s, 100, rand.New(rand.NewPCG(1, 1)))
		if d == nil {
			return 0, err
		}
		return d.Delay(1, 2), err
	}
	if d, err := build("constant", ""); d != 0 || err != nil || s.Latency.equalDelay() != 50*time.Millisecond {
		t.Errorf("constant: %v, %v", d, err)
	}
	first, err := build("spread", "")
	again, errAgain := build("spread", "")
	if first <= 0 || first != again || err != nil || errAgain != nil {
		t.Errorf("spread: %v, then %v; %v, %v", first, again, err, errAgain)
	}
	if d, err := build("matrix", "good"); d <= 0 || d > 15*time.Millisecond || err != nil {
		t.Errorf("matrix: %v, %v", d, err)
	}
	var input *InputError
	for _, file := range []string{"bad", "none"} {
		if _, err := build("matrix", file); !errors.As(err, &input) || !strings.Contains(err.Error(), file) {
			t.Errorf("matrix %s: %v", file, err)
		}
	}
	if _, err := build("none", ""); !errors.As(err, &input) {
		t.Errorf("unknown kind: %v", err)
	}
}
