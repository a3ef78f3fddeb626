package config_test

import (
	"slices"
	"strings"
	"testing"

	"starling/config"
	"starling/share"
)

func TestPatternsToIgnore(t *testing.T) {
	usual := share.DefaultOptions().Ignore
	for text, want := range map[string][]string{"": usual, "[share]\nignore = []\n": {}, "[share]\nignore = [\"*.bak\", '!keep, this\\ ']\n": {"*.bak", `!keep, this\ `}} {
		c := load(t, "--config", write(t, text))
		if !slices.Equal(c.Share.Ignore, want) || c.Share.Ignore == nil {
			t.Errorf("%q: %q", text, c.Share.Ignore)
		}
	}
	if len(usual) == 0 {
		t.Error("nothing is left out by default")
	}
	t.Setenv("STARLING_SHARE_IGNORE", "*.bak, drafts/")
	if got := load(t).Share.Ignore; !slices.Equal(got, []string{"*.bak", "drafts/"}) {
		t.Errorf("by a variable: %q", got)
	}
	t.Setenv("STARLING_SHARE_IGNORE", "ok, a[")
	if _, err := config.Load(flagSet(t)); err == nil || !strings.Contains(err.Error(), "share.ignore") || !strings.Contains(err.Error(), `"a["`) {
		t.Errorf("a bad pattern: %v", err)
	}
}
