package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"starling/share"
	"starling/transfer/pb"
)

var (
	// ErrUnknown says that there is no such download.
	ErrUnknown = errors.New("there is no such download")
	// ErrStopped says that the Exchange is going down.
	ErrStopped = errors.New("transfers are stopped")
	// ErrState says that a download is not in a state for what was asked.
	ErrState = errors.New("the download is not in a state for that")

	// errLied says that a source claimed what its own proof refutes.
	errLied = errors.New("it lied about the file")
	// errStalled says that a source with work to do sent nothing for progressTime.
	errStalled = errors.New("it stopped sending")
	// errEnded says that the other side ended the stream.
	errEnded = errors.New("it ended the stream")
	// errFinished ends our own side when there is nothing left to do.
	errFinished = errors.New("finished")
)

// badGroupError says that a source sent a group that does not verify.
type badGroupError struct{ group int }

func (e *badGroupError) Error() string {
	return fmt.Sprintf("it sent bytes that do not match, in group %d", e.group)
}

// diskError says that our own disk failed.
type diskError struct{ err error }

func (e *diskError) Error() string { return e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }

// goneError is a source's word that it does not hold the file.
type goneError struct{ reason string }

func (e *goneError) Error() string { return "it does not have the file: " + e.reason }

// refusedError is a source's word that it will not serve us.
type refusedError struct {
	code   pb.Error_Code
	reason string
}

func (e *refusedError) Error() string { return "it refused: " + e.reason }

// isFull tells a source that has no place for us now, not even in its queue.
func isFull(err error) bool {
	var refused *refusedError
	return errors.As(err, &refused) && refused.code == pb.Error_QUEUE_FULL
}

// strangersReason makes another node's words fit to be shown.
func strangersReason(s string) string {
	if len(s) > reasonMaxBytes {
		s = s[:reasonMaxBytes]
	}
	return share.DisplayName(s)
}

// forGood tells the failures after which a source is not tried again.
func forGood(err error) bool {
	var bad *badGroupError
	return errors.As(err, &bad) || errors.Is(err, errLied)
}

// failKindOf sorts a source's failure for the verdict on the download.
func failKindOf(err error) FailKind {
	var gone *goneError
	var refused *refusedError
	switch {
	case forGood(err), errors.Is(err, errProtocol):
		return FailVerification
	case errors.As(err, &gone):
		return FailNotFound
	case errors.As(err, &refused):
		return FailRefused
	}
	return FailTimeout
}

// plainly words an error about a source for its owner's screen.
func plainly(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, io.EOF), errors.Is(err, errEnded):
		return errEnded.Error()
	case errors.Is(err, errStalled):
		return errStalled.Error()
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "it does not answer"
	}
	return strangersReason(err.Error())
}
