package workload

import (
	"math"
	"math/rand/v2"
	"strings"

	"starling/share/content"
	"starling/share/words"
)

// kinds are what invented names end in, with the share of files of each.
var kinds = [...]struct {
	ext    string
	weight float64
}{
	{"mp3", 30}, {"jpg", 14}, {"avi", 8}, {"mp4", 6}, {"mkv", 5}, {"pdf", 7}, {"zip", 5}, {"txt", 4}, {"html", 4},
	{"png", 4}, {"flac", 3}, {"exe", 3}, {"epub", 2}, {"doc", 2}, {"iso", 1}, {"ogg", 1}, {"tar.gz", 1},
}

// joints stand between the words of a name; each name has one of its own.
var joints = [...]string{" ", " ", "_", "-", "."}

// vocabularyMax is the most words invented names are made of.
const vocabularyMax = 50_000

// Invented makes names without any file: a folder and a name of two to four
// words with an extension, such as "tarosi/Belu_kanato_mira.mp3". The words have
// frequencies by Zipf with exponent 1, as those of texts do, so that names share
// words; sizes are drawn by type. Names may repeat, as real ones do.
func Invented(n int, rng *rand.Rand) []File {
	vocabulary := inventWords(min(max(n/4, 100), vocabularyMax), rng)
	frequent := newChooser(zipf(len(vocabulary), 1))
	var weights []float64
	for _, k := range kinds {
		weights = append(weights, k.weight)
	}
	ends := newChooser(weights)
	files := make([]File, n)
	var b strings.Builder
	for i := range files {
		b.Reset()
		b.WriteString(vocabulary[frequent.draw(rng)])
		b.WriteByte('/')
		joint := joints[rng.IntN(len(joints))]
		for w := range 2 + rng.IntN(3) {
			if w > 0 {
				b.WriteString(joint)
			}
			b.WriteString(vocabulary[frequent.draw(rng)])
		}
		b.WriteByte('.')
		b.WriteString(kinds[ends.draw(rng)].ext)
		files[i] = File{Path: b.String(), SizeBytes: -1}
		files[i].SizeBytes = sizeOf(words.TypeOf(files[i].Path), rng)
	}
	return files
}

// inventWords gives distinct words, the short ones first, as frequent words are
// short. There are 4,900 words of two syllables and 343,000 of three.
func inventWords(n int, rng *rand.Rand) []string {
	known := make(map[string]bool, n)
	out := make([]string, 0, n)
	for len(out) < n {
		syllables := 2
		if len(out) >= 500 {
			syllables = 3
		}
		if w := inventWord(syllables, rng); !known[w] {
			known[w] = true
			out = append(out, w)
		}
	}
	return out
}

func inventWord(syllables int, rng *rand.Rand) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	b := make([]byte, 0, 2*syllables)
	for range syllables {
		b = append(b, consonants[rng.IntN(len(consonants))], vowels[rng.IntN(len(vowels))])
	}
	return string(b)
}

// sizeOf draws a size by the type of a file, log-normal with a median of what is
// common for it and a factor of e for one standard deviation.
func sizeOf(t words.Type, rng *rand.Rand) int64 {
	median := 20e3
	switch t {
	case words.Audio:
		median = 4e6
	case words.Video:
		median = 200e6
	case words.Image:
		median = 300e3
	case words.Document:
		median = 100e3
	case words.Archive:
		median = 5e6
	case words.Executable:
		median = 1e6
	}
	return int64(min(max(median*math.Exp(rng.NormFloat64()), 1), float64(content.MaxSizeBytes)))
}
