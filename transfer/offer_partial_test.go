package transfer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"starling/share"
	"starling/share/content"
)

// privateFolder is a library that shares one folder with ann alone, and looks at it.
func privateFolder(t *testing.T) (lib *share.Library, dir string) {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(base, "Private")
	lib, openErr := share.Open(share.Options{Dir: filepath.Join(t.TempDir(), "library"), QuietTime: -1, WatchFolders: -1})
	if err := errors.Join(openErr, os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lib.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended; lib.Close() })
	allow(t, lib, dir, share.Named)
	return lib, dir
}

// allow shares the folder with everyone, or with ann alone.
func allow(t *testing.T, lib *share.Library, dir string, kind share.AudienceKind) {
	t.Helper()
	to := share.Audience{Kind: kind}
	if kind == share.Named {
		to.Nodes = []string{"ann"}
	}
	_, err := lib.AddRootAs(t.Context(), dir, share.RootOptions{Audience: &to})
	if errors.Is(err, share.ErrOtherAudience) {
		_, err = lib.SetAudience(dir, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// damagedIn puts a file into a shared folder and spoils a group of it. A look that
// the adding of the folder asked for may see the file while it is written to; then
// it is done again.
func damagedIn(t *testing.T, lib *share.Library, path string, data []byte) *Repair {
	t.Helper()
	for try := range 10 {
		when := time.Now().Add(-time.Duration(try+1) * time.Hour)
		write := func(b []byte) error {
			return errors.Join(os.WriteFile(path, b, 0o600), os.Chtimes(path, when, when))
		}
		if err := errors.Join(write(data), lib.Rescan(t.Context()), write(rotten(data, 3*groupBytes))); err != nil {
			t.Fatal(err)
		}
		if v, err := lib.VerifyFile(t.Context(), path); err != nil || v.State != share.VerifiedDamaged {
			continue
		}
		e, err := lib.Expected(path)
		if err != nil {
			t.Fatal(err)
		}
		return &Repair{Path: e.Path, State: e.State, Manifest: e.Manifest}
	}
	t.Fatal("the file is not found to be damaged")
	return nil
}

// What is being repaired in a folder that is shared with some is for them alone, and so it is from one moment to the next when that changes.
func TestARepairGivesNothingAway(t *testing.T) {
	t.Parallel()
	s := newSample(t, 5*groupBytes, 92)
	lib, dir := privateFolder(t)
	repair := damagedIn(t, lib, filepath.Join(dir, "secret.bin"), s.data)
	n := newNetwork(t, true)
	m := n.startWith("m", n.options("m"), func(context.Context, content.ID) []Source { return nil }, lib)
	if _, err := m.Get(Request{ID: s.id, Repair: repair}); err != nil {
		t.Fatal(err)
	}
	m.wait(s.id, func(st Status) bool { return st.State == Finding && st.HaveBytes >= 4*groupBytes })
	for who, want := range map[string]bool{"ann": true, "zoe": false} {
		wake := make(chan struct{}, 1)
		o, err := m.offerOf(Source(who), s.id, wake)
		if (err == nil) != want || want != m.ServesUnfinished(share.Node(who), s.id) {
			t.Errorf("%s: %v", who, err)
		}
		if err == nil {
			o.close()
		}
	}
	allow(t, lib, dir, share.Everyone)
	z := n.start("zoe", n.options("zoe"), nil)
	if _, err := z.Get(Request{ID: s.id, Name: "got", Sources: []Source{"m"}}); err != nil {
		t.Fatal(err)
	}
	z.wait(s.id, func(st Status) bool { return st.HaveBytes >= 4*groupBytes })
	if len(m.Uploads()) != 1 {
		t.Fatal("no upload is under way")
	}
	allow(t, lib, dir, share.Named)
	for until := time.Now().Add(time.Minute); len(m.Uploads()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the upload goes on although the folder was taken back")
		}
	}
}

// A download goes where its finished file will lie, a repair where its file does.
func TestPlaceOfADownload(t *testing.T) {
	t.Parallel()
	get := record{Dir: "/music", Name: "a.mp3"}
	mend := record{Dir: "/music", Name: "shown", Repair: &repairRecord{Name: []byte("b.mp3")}}
	if got, want := [2]string{get.place(), mend.place()}, [2]string{filepath.Join("/music", "a.mp3"), filepath.Join("/music", "b.mp3")}; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A download into a folder for some is for nobody when the folder is taken back, neither while it goes on, nor after a restart, nor when it has
// ended; one that goes anywhere else is served.
func TestADownloadIsTakenBackWithItsFolder(t *testing.T) {
	t.Parallel()
	s := newSample(t, 5*groupBytes, 93)
	for what, removed := range map[string]bool{"taken back": true, "shared on": false} {
		lib, dir := privateFolder(t)
		repair := damagedIn(t, lib, filepath.Join(dir, "secret.bin"), s.data)
		n := newNetwork(t, true)
		none := func(context.Context, content.ID) []Source { return nil }
		o := n.options("m")
		m := n.startWith("m", o, none, lib)
		if _, err := m.Get(Request{ID: s.id, Repair: repair}); err != nil {
			t.Fatal(err)
		}
		m.wait(s.id, func(Status) bool { return m.download(s.id).snapshot().Reserved })
		if removed {
			if err := lib.RemoveRoot(dir); err != nil {
				t.Fatal(err)
			}
		} else {
			allow(t, lib, dir, share.Everyone)
		}
		if m.ServesUnfinished(share.Anyone(), s.id) == removed {
			t.Errorf("%s: unfinished, it is served: %v", what, !removed)
		}
		m.stop()
		m = n.startWith("m", o, none, lib)
		if m.ServesUnfinished(share.Anyone(), s.id) == removed {
			t.Errorf("%s: after a restart it is served: %v", what, !removed)
		}
		a := n.start("a", n.options("a"), nil)
		a.share(s)
		if err := m.AddSources(s.id, "a"); err != nil {
			t.Fatal(err)
		}
		got := m.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, got)
		if _, served := lib.For(share.Anyone()).ByID(s.id); served == removed || (got.Reason == "") == removed {
			t.Errorf("%s: finished, it is served: %v (%q)", what, served, got.Reason)
		}
	}
}
