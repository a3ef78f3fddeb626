package share_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"starling/share"
	"starling/share/words"
)

func ExampleLibrary() {
	dir, err := os.MkdirTemp("", "starling-example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	music := filepath.Join(dir, "Music")
	_ = os.Mkdir(music, 0o755)
	_ = os.WriteFile(filepath.Join(music, "Jóga.mp3"), []byte("emotional landscapes"), 0o644)

	library, err := share.Open(share.Options{Dir: filepath.Join(dir, "state")})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- library.Run(ctx) }()

	if _, err := library.AddRoot(ctx, music); err != nil {
		panic(err)
	}
	if err := library.Rescan(ctx); err != nil {
		panic(err)
	}
	query, _ := words.Parse("joga type:audio")
	for _, file := range library.Search(query, 10) {
		handle, err := library.Open(file.ID)
		if err != nil {
			panic(err)
		}
		text, _ := io.ReadAll(io.NewSectionReader(handle, 0, handle.SizeBytes()))
		handle.Close()
		fmt.Printf("%s, %s…: %s\n", file.Path, file.ID.Short(), text)
	}
	cancel()
	fmt.Println(<-ended, library.Close())
	// Output:
	// Music/Jóga.mp3, 44acc941fe9f…: emotional landscapes
	// <nil> <nil>
}
