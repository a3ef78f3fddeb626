package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// TestDemoOwnFiles shows the demonstration of a machine without a Go tree: this very program and the texts inside it.
func TestDemoOwnFiles(t *testing.T) {
	files, err := ownFiles()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := demoFor(t, files, &out)
	if err := w.show(t.Context()); err != nil {
		t.Fatalf("%v after\n%s", err, &out)
	}
	for _, want := range []string{"from this program", "3 links away and held by 2 nodes", "from node D", "from node E", "verified"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for _, n := range w.nodes {
		host, _, err := net.SplitHostPort(strings.NewReplacer("/ip4/", "", "/tcp/", ":").Replace(n.listening()))
		if err != nil || !net.ParseIP(host).IsLoopback() {
			t.Errorf("node %s listens at %s", n.name, n.listening())
		}
	}
}

func demoFor(t *testing.T, files demoFiles, out *bytes.Buffer) *demoWorld {
	s := screen{Writer: out, width: noWidth}
	w := &demoWorld{app: &app{out: s, talk: s}, dir: t.TempDir(), files: files, began: time.Now()}
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// TestDemoBounded: a demonstration that does not get on ends with its context and says where it was.
func TestDemoBounded(t *testing.T) {
	files, err := ownFiles()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := demoFor(t, files, &out)
	for _, step := range []func(context.Context) error{w.layOut, w.start} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.nodes[2].running.stop(); err != nil { // the chain will never close
		t.Fatal(err)
	}
	w.nodes = append(w.nodes[:2], w.nodes[3:]...)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := w.join(ctx); err == nil || !strings.Contains(err.Error(), "waiting until node") {
		t.Errorf("a broken chain: %v", err)
	}
}
