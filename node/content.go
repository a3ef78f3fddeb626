package node

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"starling/share"
	"starling/share/content"
	"starling/share/words"
	"starling/transfer"
)

const (
	// contentWriteMax is how long a reader of content may take nothing: a player that pauses holds its connection that long, and opens
	// another when it goes on.
	contentWriteMax = 10 * time.Minute
	// playLinger keeps what a player has fetched while it opens one connection after another.
	playLinger = 10 * time.Minute
)

// inlineTypes are the types that a browser or player may show in place; everything else is handed out as a download of unknown type. None
// of them can hold a script: what is served here is a stranger's, and this is the origin of the control API.
var inlineTypes = map[string]string{
	"aac": "audio/aac", "flac": "audio/flac", "m4a": "audio/mp4", "mp3": "audio/mpeg", "oga": "audio/ogg", "ogg": "audio/ogg",
	"opus": "audio/ogg", "wav": "audio/wav", "weba": "audio/webm", "wma": "audio/x-ms-wma",
	"3gp": "video/3gpp", "avi": "video/x-msvideo", "flv": "video/x-flv", "m4v": "video/mp4", "mkv": "video/x-matroska", "mov": "video/quicktime",
	"mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "ogv": "video/ogg", "ts": "video/mp2t", "webm": "video/webm",
	"wmv":  "video/x-ms-wmv",
	"avif": "image/avif", "bmp": "image/bmp", "gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp",
	"csv": "text/plain; charset=utf-8", "log": "text/plain; charset=utf-8", "md": "text/plain; charset=utf-8", "srt": "text/plain; charset=utf-8",
	"txt": "text/plain; charset=utf-8", "vtt": "text/vtt; charset=utf-8",
}

// contentType says what a file of that name is served as, and whether it may be shown in place.
func contentType(name string) (kind string, inline bool) {
	if kind, inline = inlineTypes[words.Extension(name)]; inline {
		return kind, true
	}
	return "application/octet-stream", false
}

// contentRequest finds out what one target is.
func (n *Node) contentRequest(ctx context.Context, word string) (transfer.Request, error) {
	targets, err := parseTargets([]string{word})
	if err != nil {
		return transfer.Request{}, err
	}
	if len(targets) != 1 {
		return transfer.Request{}, usage("%q names %d files: one can be read at a time", word, len(targets))
	}
	return n.requestFor(ctx, targets[0])
}

// streamContent answers with the bytes of a file, held or not.
func (n *Node) streamContent(w http.ResponseWriter, r *http.Request) {
	request, err := n.contentRequest(r.Context(), r.PathValue("target"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	n.serveContent(w, r, request)
}

// serveContent sends a file, or the range of it that is asked for, as its groups come. It ends with the request: a client that goes away
// stops what is fetched for it.
func (n *Node) serveContent(w http.ResponseWriter, r *http.Request, request transfer.Request) {
	control := unhurried(w)
	reader, err := n.exchange.Open(r.Context(), request)
	if err != nil {
		writeFailure(w, contentProblem(err))
		return
	}
	defer reader.Close()
	if err := readable(reader); err != nil {
		writeFailure(w, contentProblem(err))
		return
	}
	name := reader.Name()
	if _, inline := contentType(request.Name); inline {
		name = request.Name // the name it was found by says more than that of another copy
	}
	contentHeader(w.Header(), request.ID.String(), name)
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // several ranges at once may be answered with the whole file
	}
	http.ServeContent(&patientWriter{w, control}, r, "", time.Time{}, reader)
}

// readable refuses a collection: as one content it is an index with the bytes of many files behind it.
func readable(reader *transfer.Reader) error {
	head := make([]byte, content.CollectionHeadBytes)
	if n, err := reader.ReadAt(head, 0); n < len(head) {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	if _, folder := content.CollectionIndexBytes(head); folder {
		return usage("%s is a folder; 'starling get' fetches it whole, and a search finds its files, which can be read one by one", share.DisplayName(reader.Name()))
	}
	return nil
}

// contentHeader makes a stranger's file harmless where it is shown: it runs no script, is taken for nothing but its type, and no page of
// another origin can use it.
func contentHeader(h http.Header, id, name string) {
	kind, inline := contentType(name)
	disposition := "attachment"
	if inline {
		disposition = "inline"
	}
	h.Set("ETag", `"`+id+`"`)
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": share.DisplayName(name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}

func contentProblem(err error) error {
	var failure *transfer.FailError
	switch {
	case errors.As(err, &failure):
		return &Problem{Code: codeOfFailure[failure.Kind], Message: failure.Reason}
	case errors.Is(err, transfer.ErrPatience):
		return &Problem{Code: CodeTimeout, Message: err.Error()}
	case errors.Is(err, transfer.ErrCacheFull):
		return &Problem{Code: CodeNoSpace, Message: err.Error()}
	case errors.Is(err, transfer.ErrReaders):
		return &Problem{Code: CodeRefused, Message: err.Error()}
	}
	return err
}

// A patientWriter gives the reader of content a time for each piece, and not for the whole.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) Write(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(contentWriteMax)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}
