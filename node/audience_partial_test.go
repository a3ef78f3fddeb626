package node

import (
	"os"
	"path/filepath"
	"testing"

	"starling/share/content"
	"starling/share/words"
)

// TestARepairIsNotAnswered: a query, which anyone may have sent, is not told of a file that is being repaired in a folder for some nodes.
func TestARepairIsNotAnswered(t *testing.T) {
	t.Parallel()
	data := noise(5 * groupBytes)
	dir := filepath.Join(t.TempDir(), "mine")
	path := filepath.Join(dir, "secret song")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := testConfig(t.TempDir())
	conf.Share.WatchFolders = -1 // or a look could see the file while it is spoilt
	n, c := startTest(t, Options{Config: conf})
	if _, err := c.AddShare(t.Context(), dir, ShareOptions{Audience: Audience{Kind: "nodes", Nodes: []string{"12D3KooWAMmwtbGHih3cpk7oxHqCjHAfPfvWMM2C2bpw35pDrE5s"}}}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time the look that the adding asked for is over, too
		if _, err := c.Rescan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rot(t, path, 3*groupBytes)
	eventually(t, "the damage is found", func() bool {
		_, last := verifyAll(t, c)
		return last.Damaged == 1
	})
	if answer, err := c.Repair(t.Context(), RepairRequest{All: true}); err != nil || len(answer.Downloads) != 1 {
		t.Fatalf("%+v, %v", answer, err)
	}
	id := content.Sum([]byte(data))
	e, err := words.Parse("id:" + id.String())
	if err != nil {
		t.Fatal(err)
	}
	held := func() bool {
		all := n.exchange.Downloads()
		return len(all) == 1 && !all[0].State.Final() && all[0].HaveBytes == 4*groupBytes
	}
	eventually(t, "the good parts are kept", held)
	if out := n.answer(e, 10); len(out) != 0 || !held() {
		t.Errorf("answered: %+v", out)
	}
	if _, err := c.SetAudience(t.Context(), dir, Audience{Kind: "everyone"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everyone is told when it is for everyone", func() bool { return len(n.answer(e, 10)) == 1 })
}
