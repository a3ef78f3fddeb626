package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// rsyncDaemon serves the source's folder without encryption. It is run with -a,
// whole files, and new targets: nothing is compared.
type rsyncDaemon struct {
	at     place
	stage  *stage
	source string // a file or a folder
	daemon *process
	url    string
}

func (r *rsyncDaemon) name() string    { return "rsync daemon" }
func (r *rsyncDaemon) missing() string { return notInstalled("rsync") }

func (r *rsyncDaemon) start(ctx context.Context, s *stage, source string, at place) error {
	r.stage, r.source, r.at = s, source, at
	port, err := unusedPort()
	if err != nil {
		return err
	}
	config := fmt.Sprintf("use chroot = no\nreverse lookup = no\n[files]\npath = %s\n", filepath.Dir(source))
	if os.Geteuid() == 0 { // it would serve as nobody
		config += "uid = 0\ngid = 0\n"
	}
	path := filepath.Join(s.dir, "rsyncd.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return err
	}
	r.url = fmt.Sprintf("rsync://%s:%s/files/%s", at.address, port, filepath.Base(source))
	r.daemon, err = s.launch(ctx, within(at.server, "rsync", "--daemon", "--no-detach", "--config="+path, "--address="+at.address, "--port="+port)...)
	if err != nil {
		return err
	}
	return untilListening(ctx, r.daemon, at, port)
}

func (r *rsyncDaemon) transfer(ctx context.Context, round int) (result, error) {
	target := filepath.Join(r.stage.dir, "rsync-"+strconv.Itoa(round))
	defer os.RemoveAll(target)
	line := within(r.at.client, "rsync", "-a", r.url, target+"/")
	res, err := timed(r.daemon, exec.CommandContext(ctx, line[0], line[1:]...))
	if err != nil {
		return res, err
	}
	return res, sameTree(r.source, filepath.Join(target, filepath.Base(r.source)))
}
