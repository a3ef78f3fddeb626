package node

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// eventWriteMax is how long one event may take to leave. A reader that has stopped reading is let go, so it holds no search or download up.
const eventWriteMax = 10 * time.Second

// An eventStream writes server-sent events: "event: NAME\ndata: JSON\n\n".
type eventStream struct {
	w       io.Writer
	control *http.ResponseController
}

func newEventStream(w http.ResponseWriter) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return &eventStream{w: w, control: unhurried(w)}
}

// unhurried lifts the deadlines that the server sets for quick answers, once the request has been read. Without that the server would take a
// long silence of the reader for a reader who has gone.
func unhurried(w http.ResponseWriter) *http.ResponseController {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Time{})
	return control
}

func (s *eventStream) send(name string, v any) error {
	line, err := MarshalLine(v)
	if err != nil {
		return err
	}
	return s.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, line))
}

// ping sends a comment, which tells a reader that we are here and tells us when he is not.
func (s *eventStream) ping() error { return s.write([]byte(":\n\n")) }

func (s *eventStream) write(b []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(eventWriteMax)); err != nil {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}

// eventMaxBytes bounds one line of an event on the reading side.
const eventMaxBytes = 1 << 20

// An event is one server-sent event as read.
type event struct {
	name string
	data []byte
}

// readEvents calls each with every event of r until the stream ends or each returns false or an error. A stream that ends inside an event
// returns io.ErrUnexpectedEOF.
func readEvents(r io.Reader, each func(event) (bool, error)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, eventMaxBytes)
	var now event
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) > 0 {
			now.read(line)
			continue
		}
		if now.name == "" && now.data == nil {
			continue
		}
		if more, err := each(now); err != nil || !more {
			return err
		}
		now = event{}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if now.name != "" || now.data != nil {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// read takes one non-empty line into the event: a field and its value, or a comment.
func (e *event) read(line []byte) {
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		e.name = string(value)
	case "data":
		if e.data != nil {
			e.data = append(e.data, '\n')
		}
		e.data = append(e.data, value...)
	}
}

// decode turns an event into v, or into the *Problem that an error event carries.
func (e *event) decode(v any) error {
	if e.name == "error" {
		problem := new(Problem)
		if err := json.Unmarshal(e.data, problem); err != nil {
			return errors.New("the node sent an error that cannot be read")
		}
		return problem
	}
	if err := json.Unmarshal(e.data, v); err != nil {
		return fmt.Errorf("decode %s event: %w", e.name, err)
	}
	return nil
}
