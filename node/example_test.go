package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"starling/config"
	"starling/node"
)

// A node runs on a state folder of its own; clients find it by that folder.
func Example() {
	dir, err := os.MkdirTemp("", "starling-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	c := config.Default()
	c.Node.StateDir = filepath.Join(dir, "state")
	c.Overlay.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	c.Overlay.LAN = false

	n, err := node.New(node.Options{Config: c})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	<-n.Ready()

	client, err := node.Dial(c.Node.StateDir)
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := client.Status(ctx)
	fmt.Println(status.Neighbours, "neighbours,", status.SharedFiles, "files shared,", err)
	client.Close()
	stop()
	fmt.Println(<-ended)
	// Output:
	// 0 neighbours, 0 files shared, <nil>
	// <nil>
}
