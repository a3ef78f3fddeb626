package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"starling/node"
)

// A known is what completion may offer besides commands.
type known struct {
	rows       []node.Hit
	downloads  []node.Download
	neighbours []node.Neighbour
	shares     []node.Share
}

// completionsMax bounds the offers of one line.
const completionsMax = 200

// complete offers whole lines that go on from what is typed. Words of a search are not guessed.
func (k *known) complete(line string) []string {
	front, last := cutLast(line)
	words := strings.Fields(front)
	var offers []string
	switch {
	case len(words) == 0:
		offers = commandNames()
	case words[0] == "get" || words[0] == "play" || words[0] == "rows":
		offers, front, last = k.rowOffers(front, last)
	case slices.Contains([]string{"pause", "resume", "cancel"}, words[0]):
		offers = append(k.downloadNumbers(), "all")
	case words[0] == "browse" && len(words) == 1:
		offers = append(k.neighbourNames(), "self")
	case words[0] == "share" && len(words) == 1:
		offers = []string{"add", "set", "ls", "rm", "rescan", "verify"}
	case words[0] == "share" && words[1] == "set" && len(words) > 2:
		offers = []string{"--everyone", "--hidden", "--to"}
	case words[0] == "share" && slices.Contains([]string{"set", "rm", "verify"}, words[1]):
		offers = k.shareNames()
	case words[0] == "share" && words[1] == "add", words[0] == "link", words[0] == "repair":
		offers = paths(last)
	}
	var out []string
	for _, offer := range offers {
		if strings.HasPrefix(offer, last) && offer != last && len(out) < completionsMax {
			out = append(out, front+offer)
		}
	}
	return out
}

// cutLast parts the word being typed from what stands before it.
func cutLast(line string) (front, last string) {
	i := strings.LastIndexByte(line, ' ') + 1
	return line[:i], line[i:]
}

func commandNames() []string {
	var out []string
	for _, c := range promptCommands {
		out = append(out, c.name)
	}
	return out
}

// rowOffers completes the last number of a list such as 1,3.
func (k *known) rowOffers(front, last string) ([]string, string, string) {
	i := strings.LastIndexAny(last, ",-") + 1
	var out []string
	for _, hit := range k.rows {
		out = append(out, strconv.Itoa(hit.N))
	}
	if slices.Contains(out, last[i:]) {
		out = nil // what is typed names a row already
	}
	return out, front + last[:i], last[i:]
}

func (k *known) downloadNumbers() []string {
	var out []string
	for _, d := range k.downloads {
		out = append(out, strconv.Itoa(d.N))
	}
	return out
}

func (k *known) neighbourNames() []string {
	var out []string
	for _, n := range k.neighbours {
		out = append(out, n.ID)
	}
	return out
}

func (k *known) shareNames() []string {
	var out []string
	for _, s := range k.shares {
		if !strings.ContainsAny(s.Name, " '\"\\") {
			out = append(out, s.Name)
		}
	}
	return out
}

// paths offers the entries of the folder being typed, folders with a slash. Names that would need quotes are left out.
func paths(word string) []string {
	dir, _ := filepath.Split(word)
	look := dir
	if rest, home := strings.CutPrefix(dir, "~/"); home {
		base, err := os.UserHomeDir()
		if err != nil {
			return nil
		}
		look = filepath.Join(base, rest)
	}
	if look == "" {
		look = "."
	}
	entries, err := os.ReadDir(look)
	if err != nil {
		return nil
	}
	var out []string
	for _, entry := range entries {
		name := entry.Name()
		if name[0] == '.' || strings.ContainsAny(name, " '\"\\\t") || node.Display(name) != name {
			continue
		}
		if entry.IsDir() {
			name += string(filepath.Separator)
		}
		out = append(out, dir+name)
	}
	return out
}

// hint tells what the numbers of a get line stand for, or which commands the first letters fit.
func (k *known) hint(line string, offers []string) string {
	front, last := cutLast(line)
	words := strings.Fields(front)
	if len(words) == 0 && last != "" && len(offers) > 1 {
		return strings.Join(offers, "  ")
	}
	if len(words) > 0 && words[0] == "get" {
		_, _, number := k.rowOffers(front, last)
		n, err := strconv.Atoi(number)
		if err == nil && n >= 1 && n <= len(k.rows) {
			return strconv.Itoa(n) + "  " + humanSize(k.rows[n-1].SizeBytes) + "  " + node.Display(k.rows[n-1].Name)
		}
	}
	return ""
}
