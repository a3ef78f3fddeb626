package live

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The words of the files' names. None begins another, since words match by their
// beginnings.
var (
	birds  = []string{"blackbird", "bunting", "chaffinch", "cuckoo", "dunnock", "goldcrest", "heron", "jackdaw", "kestrel", "lapwing", "nightjar", "oriole", "pipit", "redstart", "siskin", "swift", "treecreeper", "warbler", "yellowhammer", "wryneck"}
	sounds = []string{"alarm", "ballad", "chorus", "drumming", "duet", "flight", "humming", "lament", "rattle", "subsong", "trill", "whistle"}
)

// fetched is the name of the large file, and the word that finds it.
const (
	fetchedWord = "murmuration"
	fetchedName = fetchedWord + ".rec"
)

// A collection is who holds which files of a network: what a search of it should
// find.
type collection struct {
	files   [][]int // of each node, ascending
	holders []int   // of the large file, ascending
}

// A question is what is searched for, and who holds an answer.
type question struct {
	text    string
	holders []int
}

// collect draws the files of every node. Few files have many copies, most have
// one or two, as in real networks.
func collect(o Options, rng *rand.Rand) collection {
	c := collection{files: make([][]int, o.Nodes), holders: rng.Perm(o.Nodes)[:o.Holders]}
	slices.Sort(c.holders)
	kinds := max(o.Nodes*o.FilesPerNode/2, o.FilesPerNode)
	if kinds == 0 {
		return c
	}
	popular := rand.NewZipf(rng, 1.1, 4, uint64(kinds-1))
	for node := range c.files {
		for tries := 0; len(c.files[node]) < o.FilesPerNode; tries++ {
			file := int(popular.Uint64())
			if tries > 4*o.FilesPerNode { // the popular ones are had: any other
				file = rng.IntN(kinds)
			}
			if !slices.Contains(c.files[node], file) {
				c.files[node] = append(c.files[node], file)
			}
		}
		slices.Sort(c.files[node])
	}
	return c
}

// nameOf is what a file is called, and the words of it that a search names.
func nameOf(file int) (name, words string) {
	words = birds[file%len(birds)] + " " + sounds[file/len(birds)%len(sounds)]
	return fmt.Sprintf("%s %04d.rec", words, file), words
}

// ask draws a question: files with many copies are asked for more often.
func (c collection) ask(rng *rand.Rand) question {
	files := c.files[rng.IntN(len(c.files))]
	if len(files) == 0 {
		return question{fetchedWord, c.holders}
	}
	_, words := nameOf(files[rng.IntN(len(files))])
	q := question{text: words}
	for node, files := range c.files {
		if slices.ContainsFunc(files, func(file int) bool { name, _ := nameOf(file); return strings.HasPrefix(name, words) }) {
			q.holders = append(q.holders, node)
		}
	}
	return q
}

// write puts a node's files into its folder and returns how many there are.
func (c collection) write(o Options, node int, dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, fmt.Errorf("make a folder of shared files: %w", err)
	}
	for _, file := range c.files[node] {
		name, _ := nameOf(file)
		if err := writeFile(filepath.Join(dir, name), o.FileBytes, o.Seed, uint64(file)+1); err != nil {
			return 0, err
		}
	}
	if !slices.Contains(c.holders, node) {
		return len(c.files[node]), nil
	}
	return len(c.files[node]) + 1, writeFile(filepath.Join(dir, fetchedName), o.FetchBytes, o.Seed, 0)
}

// writeFile writes a file whose bytes its number decides, so that all copies of it
// have one content id.
func writeFile(path string, size int64, seed, number uint64) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write a shared file: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write a shared file: %w", closed)
		}
	}()
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], number)
	out := bufio.NewWriterSize(f, 64<<10)
	_, err = io.CopyN(out, rand.NewChaCha8(key), size)
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("write a shared file: %w", err)
	}
	return nil
}
