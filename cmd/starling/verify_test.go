package main

import (
	"bytes"
	"strings"
	"testing"

	"starling/node"
)

// TestVerifyTable: on a narrow screen the damaged file is readable to its end.
func TestVerifyTable(t *testing.T) {
	var out bytes.Buffer
	path := "/home/somebody/a folder with a rather long name/another one/disc 1/01 The first song of many.flac"
	v := verifyView{app: &app{out: screenFor(&out, 80, false)}, files: []node.VerifiedFile{
		{Type: "damaged", Path: path, Groups: 1200, BadGroups: 60, Bad: []node.BadRange{{OffsetBytes: 1 << 40, SizeBytes: 9}, {OffsetBytes: 1 << 41, SizeBytes: 9}}},
		{Type: "unreadable", Path: path, Reason: "input/output error"},
		{Type: "changed", Path: "other"},
	}}
	v.table()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[1], path) || !strings.HasSuffix(lines[2], path) || strings.TrimSpace(lines[3]) != "input/output error" {
		t.Errorf("the table is\n%s", out.String())
	}
}
