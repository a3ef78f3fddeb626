package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Figure E8: what must never be shared is refused, whatever stands there.
func TestSystemFoldersAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of other systems")
	}
	r := newRefusals(nil)
	for _, dir := range []string{"/", "/etc", "/etc/ssl", "/root", "/home", "/Users", "/var", "/var/lib", "/var/lib/mysql", "/var/lib/docker/volumes", "/var/mail", "/var/mail/alice",
		"/var/spool", "/var/spool/cron", "/var/log", "/var/log/nginx", "/var/backups", "/var/db", "/boot", "/boot/efi", "/proc", "/proc/1", "/sys", "/sys/kernel", "/dev", "/dev/disk",
		"/run", "/run/user/1000", "/run/media", "/lost+found", "/tmp", "/var/tmp", "/usr/local/etc", "/System", "/System/Library", "/Library", "/Library/Keychains", "/private",
		"/private/etc", "/private/var", "/private/var/db", "/private/var/root", "/Volumes",
		"/home/alice/.ssh", "/home/alice/.gnupg", "/home/alice/.config", "/home/alice/.config/chromium", "/home/alice/.mozilla/firefox", "/home/alice/.thunderbird",
		"/home/alice/.password-store", "/home/alice/.bitcoin", "/home/alice/.electrum/wallets", "/home/alice/.aws", "/home/alice/.kube", "/home/alice/project/.git",
		"/home/alice/.local/share/keyrings", "/home/alice/snap/firefox/common/.mozilla",
		"/Users/alice/Library/Application Support", "/Users/alice/Library/Application Support/Firefox/Profiles/x", "/Users/alice/Library/Mail/V10", "/Users/alice/Library/Keychains",
		"/home/alice/Maildir", "/home/alice/Maildir/cur", "/mnt/old/AppData/Roaming/Thunderbird/Profiles", "/mnt/old/Users/alice/AppData", "/mnt/stick/Bitcoin", "/mnt/stick/Bitcoin/blocks",
		"/home/alice/Documents/KeePass", "/mnt/backup/Electrum/wallets", "/mnt/x/Google/Chrome/User Data"} {
		if r.reason(dir) == "" {
			t.Errorf("%s is not refused", dir)
		}
	}
	for _, dir := range []string{"/usr", "/usr/share", "/usr/share/doc", "/opt", "/srv", "/srv/music", "/mnt", "/mnt/disk", "/media/alice/DISK", "/run/media/alice/STICK", "/dev/shm/x",
		"/home/alice/Music", "/home/alice/Documents", "/Users/alice/Music", "/Users/Shared", "/Volumes/Disk", "/var/www", "/home/alice/Firefox", "/root/music", "/data/etc", "/mnt/var/lib"} {
		if why := r.reason(dir); why != "" && !strings.Contains(why, whyHome) { // on the machine of the test it may be one
			t.Errorf("%s is refused: %s", dir, why)
		}
	}
}

func TestWindowsFolders(t *testing.T) {
	for _, path := range []string{"/Windows", "/WINDOWS/System32", "/windows.", "/Windows /x", "/Users", "/users/", "/Program Files", "/Program Files (x86)/x", "/ProgramData/x", "/$Recycle.Bin", "/System Volume Information",
		"/Windows.old", "/Boot", "/Documents and Settings/alice"} {
		if !windowsFolder(path) {
			t.Errorf("%s is not refused", path)
		}
	}
	for _, path := range []string{"/Users/alice/Music", "/Users/alice", "/Music", "/Games/Windows", "/", "/Windows Videos"} {
		if windowsFolder(path) {
			t.Errorf("%s is refused", path)
		}
	}
}

// The home folder, the state folder and what lies around them are known by what
// is on the disk, not by how somebody writes their path.
func TestLeadsThroughLinks(t *testing.T) {
	dir := realDir(t)
	must(t, os.MkdirAll(filepath.Join(dir, "home", "music"), 0o755))
	if os.Symlink(filepath.Join(dir, "home"), filepath.Join(dir, "way")) != nil {
		t.Skip("no links here")
	}
	home := filepath.Join(dir, "home")
	for path, want := range map[string]bool{home: true, filepath.Join(home, "music"): true, filepath.Join(dir, "way"): true, filepath.Join(dir, "way", "music"): true, dir: false,
		filepath.Join(dir, "other"): false} {
		if leadsThrough(path, home) != want {
			t.Errorf("%s leads through %s: %v", path, home, !want)
		}
	}
}

// Folders that tell by what they hold are refused, and left out of a folder
// around them, with a word about it.
func TestTellingFolders(t *testing.T) {
	for why, names := range map[string][]string{
		whyMail: {"cur/1", "new/2", "tmp/3"}, whySecret: {".gpg-id", "mail.gpg"}, whyKey: {"private-keys-v1.d/x", "a.txt"}, whyBrowser: {"places.sqlite", "key4.db", "x.js"},
		whyWallet: {"wallet.dat", "blocks/1", "peers.dat"}, whyHome: {".ssh/id", "Documents/letter.odt"},
	} {
		files := map[string]string{"a.txt": "a"}
		for _, name := range names {
			files["copy/"+name] = name
		}
		s := newShop(t, files)
		s.expect("size:>=0", "Music/a.txt")
		p, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil)
		if must(t, err); p.Files != 1 || !slices.Equal(p.Flagged, []PreviewFile{{Path: "copy/", Why: why}}) {
			t.Errorf("%s: Preview = %+v", why, p)
		}
		must(t, s.RemoveRoot("Music"))
		checkRefused(t, s.Library, filepath.Join(s.dir, "copy"), ErrRefused)

		// A root that comes to look like it later shares nothing, and says why.
		must(t, os.RemoveAll(filepath.Join(s.dir, "copy")))
		_, err = s.AddRoot(context.Background(), s.dir)
		must(t, err)
		s.rescan()
		s.expect("size:>=0", "Music/a.txt")
		for _, name := range names {
			s.write(map[string]string{name: name})
		}
		s.rescan()
		s.expect("size:>=0")
		if problem := s.Roots()[0].Problem; !strings.Contains(problem, why) {
			t.Errorf("%s: Problem = %q", why, problem)
		}
		s.stop()
	}
}

// Of a folder around private ones, and of the folder that names what it is.
func TestFoldersAroundPrivateOnes(t *testing.T) {
	dir := realDir(t)
	state := filepath.Join(dir, "around", "state")
	l, err := Open(Options{Dir: state, Refused: []string{filepath.Join(dir, "keys", "deep")}})
	must(t, err)
	defer l.Close()
	for _, name := range []string{"around/music", "keys/deep/er", "Bitcoin/blocks", "ok/Thunderbird"} {
		must(t, os.MkdirAll(filepath.Join(dir, filepath.FromSlash(name)), 0o755))
	}
	for _, name := range []string{".", "around", "around/state", "keys", "keys/deep", "keys/deep/er", "Bitcoin", "Bitcoin/blocks", "ok/Thunderbird"} {
		checkRefused(t, l, filepath.Join(dir, filepath.FromSlash(name)), ErrRefused)
	}
	for _, name := range []string{"ok", "around/music"} {
		if _, err := l.AddRoot(context.Background(), filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Preview(context.Background(), filepath.Join(dir, "ok", "Thunderbird"), RootOptions{}, nil); !errors.Is(err, ErrRefused) {
		t.Errorf("Preview: %v", err)
	}
}
