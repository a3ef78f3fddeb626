package config

// Kind says what sort of source a value comes from.
type Kind string

// The sources, each overruling those before it.
const (
	FromDefault     Kind = "default"
	FromFile        Kind = "file"
	FromEnvironment Kind = "environment"
	FromFlag        Kind = "flag"
)

// Origin says where a value comes from.
type Origin struct {
	Kind Kind
	Name string // the file's path, the variable's or the flag's name; "" for a default
}

// String gives "default", "file /home/a/.config/starling/config.toml",
// "environment STARLING_DOWNLOADS" or "flag --lan".
func (o Origin) String() string {
	if o.Name == "" {
		return string(o.Kind)
	}
	return string(o.Kind) + " " + o.Name
}

// Setting is one key as it stands.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`  // as it would be written in the file, without quotes
	Origin Origin `json:"origin"` // in JSON as Origin.String
}

// MarshalText implements encoding.TextMarshaler with String's form.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Show lists every key in the order of the default file.
func (c *Config) Show() []Setting {
	table := c.table()
	shown := make([]Setting, len(table))
	for i, k := range table {
		shown[i] = Setting{Key: k.key, Value: k.value.text(), Origin: c.origin(k.key)}
	}
	return shown
}

// Origin says where the value of key comes from; ok is false for an unknown key.
func (c *Config) Origin(key string) (o Origin, ok bool) {
	for _, k := range c.table() {
		if k.key == key {
			return c.origin(key), true
		}
	}
	return Origin{}, false
}

func (c *Config) origin(key string) Origin {
	if o, ok := c.sources[key]; ok {
		return o
	}
	return Origin{Kind: FromDefault}
}
