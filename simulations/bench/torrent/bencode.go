package torrent

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// encode writes a value as bencoding has it (BEP 3): int64, string, []any and
// map[string]any, whose keys go in byte order.
func encode(v any) []byte {
	var b bytes.Buffer
	write(&b, v)
	return b.Bytes()
}

func write(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case int64:
		fmt.Fprintf(b, "i%de", v)
	case string:
		fmt.Fprintf(b, "%d:%s", len(v), v)
	case []any:
		b.WriteByte('l')
		for _, item := range v {
			write(b, item)
		}
		b.WriteByte('e')
	case map[string]any:
		b.WriteByte('d')
		for _, key := range slices.Sorted(maps.Keys(v)) {
			write(b, key)
			write(b, v[key])
		}
		b.WriteByte('e')
	default:
		panic(fmt.Sprintf("bencoding has no %T", v))
	}
}
