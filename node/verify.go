package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"starling/share"
)

// badRangesMax bounds the line about one file.
const badRangesMax = 1000

// streamVerify answers with events while the shared files are read again. It ends with the request: who goes away stops it.
func (n *Node) streamVerify(w http.ResponseWriter, r *http.Request) {
	var request VerifyRequest
	if err := readBody(r, &request); err != nil {
		writeFailure(w, err)
		return
	}
	v := &verifyStream{w: w, began: time.Now()}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	v.gone = cancel
	counts, err := n.library.Verify(ctx, share.VerifyOptions{Targets: request.Targets, File: v.file, Progress: v.progress})
	switch {
	case r.Context().Err() != nil: // nobody reads any more
	case err == nil:
		v.send("summary", v.counts("summary", counts))
	case v.stream == nil:
		writeFailure(w, verifyProblem(err))
	default:
		v.send("error", asProblem(err))
	}
}

func verifyProblem(err error) error {
	switch {
	case errors.Is(err, share.ErrNotShared):
		return notFound("%v; 'starling share ls' lists what is shared", err)
	case errors.Is(err, share.ErrVerifying):
		return fmt.Errorf("%w; wait until that has ended", err)
	}
	return err
}

// A verifyStream tells a client of a verification. Its methods are called by one goroutine.
type verifyStream struct {
	w      http.ResponseWriter
	stream *eventStream // once there is something to tell
	began  time.Time
	gone   func() // the client reads no more
}

func (v *verifyStream) send(name string, event any) {
	if v.stream == nil {
		v.stream = newEventStream(v.w)
	}
	if v.stream.send(name, event) != nil {
		v.gone()
	}
}

func (v *verifyStream) progress(p share.VerifyProgress) { v.send("progress", v.counts("progress", p)) }

func (v *verifyStream) file(f share.Verified) {
	if f.State != share.VerifiedOK {
		v.send(string(f.State), verifiedFile(f))
	}
}

func verifiedFile(f share.Verified) VerifiedFile {
	out := VerifiedFile{Type: string(f.State), Path: f.Path, Name: f.Name, ID: f.ID.String(), SizeBytes: f.SizeBytes, Groups: f.Groups, BadGroups: f.Bad.Count()}
	if f.Err != nil {
		out.Reason = f.Err.Error()
	}
	ranges, more := f.BadRanges(badRangesMax)
	for _, b := range ranges {
		out.Bad = append(out.Bad, BadRange{Group: b.Group, Groups: b.Groups, OffsetBytes: b.Off, SizeBytes: b.Bytes})
	}
	out.MoreBad = more
	return out
}

func (v *verifyStream) counts(kind string, p share.VerifyProgress) VerifyCounts {
	took := time.Since(v.began)
	c := VerifyCounts{Type: kind, Files: p.Files, OK: p.OK, Damaged: p.Damaged, Changed: p.Changed, Unreadable: p.Unreadable, Bytes: p.Bytes,
		ElapsedMS: took.Milliseconds()}
	if kind != "progress" {
		return c
	}
	c.FilesAll, c.BytesAll, c.Path, c.ETAMS = p.FilesAll, p.BytesAll, p.Path, -1
	if seconds := took.Seconds(); seconds > 0 && p.Bytes > 0 {
		c.Rate = int64(float64(p.Bytes) / seconds)
		c.ETAMS = int64(float64(p.BytesAll-p.Bytes) / float64(p.Bytes) * float64(took.Milliseconds()))
	}
	return c
}

func (n *Node) damaged() []DamagedFile {
	out := []DamagedFile{}
	for _, d := range n.library.Damaged() {
		out = append(out, DamagedFile{Path: d.Path, ID: d.ID.String(), SizeBytes: d.SizeBytes, Groups: d.Groups, BadGroups: d.Bad, Found: d.Found.Format(time.RFC3339)})
	}
	return out
}

// damageNotice is in every notice about damaged files.
const damageNotice = "damaged on the disk and not served"

// damageNotices is what status says of damaged files.
func (n *Node) damageNotices() []string {
	count, verb := n.library.DamagedFiles(), "files are"
	switch count {
	case 0:
		return nil
	case 1:
		verb = "file is"
	}
	return []string{fmt.Sprintf("%d %s %s: 'starling repair --list' shows which, 'starling repair --all' fetches what is wrong from the network", count, verb, damageNotice)}
}
