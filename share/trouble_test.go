package share

import "testing"

func TestRootTrouble(t *testing.T) {
	for _, c := range []struct {
		r    Root
		want string
	}{
		{Root{}, ""},
		{Root{Problem: "it is gone"}, "it is gone"},
		{Root{Damaged: 1, Problem: damageText(1)}, ""},
		{Root{Damaged: 2, Problem: "it is gone; " + damageText(2)}, "it is gone"},
	} {
		if got := c.r.Trouble(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}
