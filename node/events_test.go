package node

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadEvents(t *testing.T) {
	const text = ":ping\n\nevent: hit\ndata: {\"n\":1}\n\n\n\nevent:hit\ndata:a\ndata: b\nretry: 5\n\n"
	var got []string
	err := readEvents(strings.NewReader(text), func(e event) (bool, error) {
		got = append(got, e.name+"|"+string(e.data))
		return true, nil
	})
	if diff := cmp.Diff([]string{`hit|{"n":1}`, "hit|a\nb"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadEventsTorn(t *testing.T) {
	err := readEvents(strings.NewReader("event: hit\ndata: {"), func(event) (bool, error) { return true, nil })
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a torn stream ended with %v", err)
	}
	if err := readEvents(strings.NewReader("data: "+strings.Repeat("x", eventMaxBytes+1)), func(event) (bool, error) { return true, nil }); err == nil {
		t.Error("a line without end was read")
	}
}

func TestEventProblem(t *testing.T) {
	e := event{name: "error", data: []byte(`{"code":"timeout","error":"late"}`)}
	var problem *Problem
	if err := e.decode(new(Hit)); !errors.As(err, &problem) || problem.Code != CodeTimeout || problem.Message != "late" {
		t.Errorf("error event decoded to %v", err)
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: hit\ndata: {}\n\n")
	f.Add(":\n\ndata\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		readEvents(strings.NewReader(text), func(e event) (bool, error) { return true, e.decode(new(Hit)) })
	})
}
