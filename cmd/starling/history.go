package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// historyMax bounds the lines that are remembered.
const historyMax = 1000

// A history is what was typed, oldest first, kept in a file of mode 0600. A line that begins with a space is not kept.
type history struct {
	path  string
	lines []string
	at    int    // the line being shown; len(lines) is the draft
	draft string // what was being typed before going back
}

// openHistory reads the file; one that is missing or cannot be read starts an empty history.
func openHistory(path string) *history {
	h := &history{path: path}
	file, err := os.Open(path)
	if err != nil {
		return h
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, lineMaxBytes)
	for scanner.Scan() {
		h.lines = append(h.lines, scanner.Text())
	}
	h.lines = h.lines[max(0, len(h.lines)-historyMax):]
	h.at = len(h.lines)
	return h
}

// add remembers a line, unless it repeats the one before. The error says why it could not be written; it is remembered all the same.
func (h *history) add(line string) error {
	h.draft = ""
	repeats := len(h.lines) > 0 && h.lines[len(h.lines)-1] == line
	if repeats || strings.TrimSpace(line) == "" || line[0] == ' ' {
		h.at = len(h.lines)
		return nil
	}
	h.lines = append(h.lines, line)
	h.at = len(h.lines)
	if len(h.lines) > 2*historyMax {
		return h.rewrite()
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, line)
	return err
}

// rewrite cuts the file to its limit.
func (h *history) rewrite() error {
	h.lines = h.lines[len(h.lines)-historyMax:]
	h.at = len(h.lines)
	return os.WriteFile(h.path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
}

// back goes one line back from the text being typed, forth one line forward; both return what to show.
func (h *history) back(typed string) string {
	if h.at == len(h.lines) {
		h.draft = typed
	}
	h.at = max(0, h.at-1)
	return h.shown()
}

func (h *history) forth(typed string) string {
	if h.at == len(h.lines) {
		return typed
	}
	h.at++
	return h.shown()
}

func (h *history) shown() string {
	if h.at == len(h.lines) {
		return h.draft
	}
	return h.lines[h.at]
}
