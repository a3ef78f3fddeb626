package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"starling/config"
	"starling/query"
	"starling/share"
	"starling/transfer"
)

// flagSet holds the flags that the command line has for keys, parsed from args.
func flagSet(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("starling", pflag.ContinueOnError)
	flags.String("config", "", "")
	flags.String("state", "", "")
	flags.String("downloads", "", "")
	flags.String("log-format", "", "")
	flags.StringArray("listen", nil, "")
	flags.StringArray("connect", nil, "")
	flags.Bool("lan", true, "")
	flags.Bool("static-mesh", false, "")
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return flags
}

// write puts text into a config.toml of a new folder and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, args ...string) *config.Config {
	t.Helper()
	c, err := config.Load(flagSet(t, args...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var fieldsOnly = cmpopts.IgnoreUnexported(config.Config{}, share.Options{}, transfer.Options{}, query.Options{})

func ExampleConfig_Origin() {
	c := config.Default() // a program loads its own: config.Load(flags)
	origin, _ := c.Origin("overlay.port")
	fmt.Println(c.Overlay.Port, origin)
	// Output: 6346 default
}

func TestNothingSaidMeansDefaults(t *testing.T) {
	c := load(t, "--config", write(t, ""))
	if diff := cmp.Diff(config.Default(), c, fieldsOnly); diff != "" {
		t.Error(diff)
	}
	if !c.Overlay.LAN || c.Overlay.Port != 6346 || c.Overlay.Degree != 8 || c.Query.TTLMax != 7 || c.Node.SeedSearchable {
		t.Errorf("%+v", c)
	}
}

func TestEachSourceOverrulesTheOneBefore(t *testing.T) {
	path := write(t, "downloads = '/file'\n[overlay]\nlan = true\nport = 1\ndegree = 5\n")
	t.Setenv("STARLING_OVERLAY_PORT", "2")
	t.Setenv("STARLING_OVERLAY_LAN", "true")
	t.Setenv("STARLING_DOWNLOADS", "/environment")
	c := load(t, "--config", path, "--lan=false", "--downloads", "/flag")

	for key, want := range map[string]struct{ value, origin string }{
		"log_level":          {"info", "default"},
		"overlay.degree":     {"5", "file " + path},
		"overlay.port":       {"2", "environment STARLING_OVERLAY_PORT"},
		"overlay.lan":        {"false", "flag --lan"},
		"downloads":          {"/flag", "flag --downloads"},
		"overlay.degree_max": {"12", "default"},
	} {
		got := setting(t, c, key)
		if got.Value != want.value || got.Origin.String() != want.origin {
			t.Errorf("%s = %s (%s), want %s (%s)", key, got.Value, got.Origin, want.value, want.origin)
		}
	}
	if c.Overlay.LAN || c.Overlay.Port != 2 || c.Overlay.Degree != 5 || c.Node.Downloads != filepath.Clean("/flag") {
		t.Errorf("%+v", c)
	}
}

func setting(t *testing.T, c *config.Config, key string) config.Setting {
	t.Helper()
	for _, s := range c.Show() {
		if s.Key == key {
			if o, ok := c.Origin(key); !ok || o != s.Origin {
				t.Errorf("Origin(%s) = %v, Show says %v", key, o, s.Origin)
			}
			return s
		}
	}
	t.Fatalf("no key %s", key)
	return config.Setting{}
}

func TestFormsOfValues(t *testing.T) {
	c := load(t, "--config", write(t, `
[overlay]
connect = ["/ip4/192.0.2.1/tcp/6346", "host.example:7000"]
static_mesh = true
[query]
duplicates = "drop-all"
path_lifetime = "90s"
hit_bytes_per_link = "64Ki"
hit_bytes_per_holder = 8000
[transfer]
up = "5M"
slots = 0
seed = false
`), "--listen", "/ip4/0.0.0.0/tcp/1", "--listen", "/ip6/::/tcp/1")
	want := config.Default()
	want.Overlay.Connect = []string{"/ip4/192.0.2.1/tcp/6346", "host.example:7000"}
	want.Overlay.Listen = []string{"/ip4/0.0.0.0/tcp/1", "/ip6/::/tcp/1"}
	want.Overlay.StaticMesh = true
	want.Query.Duplicates = query.DropAll
	want.Query.PathLifetime = 90 * time.Second
	want.Query.HitBytesPerLink = 65_536
	want.Query.HitBytesPerHolder = 8_000
	want.Transfer.UpBytesPerSec = 5_000_000
	want.Transfer.Slots = -1
	want.Transfer.NoSeed = true
	if diff := cmp.Diff(want, c, fieldsOnly); diff != "" {
		t.Error(diff)
	}
}

func TestVariablesHoldListsWithCommas(t *testing.T) {
	t.Setenv("STARLING_OVERLAY_CONNECT", "a.example, b.example:7000")
	t.Setenv("STARLING_OVERLAY_LISTEN", "") // an empty variable is none
	c := load(t, "--config", write(t, "[overlay]\nlisten = ['/ip4/192.0.2.1/tcp/1']\nconnect = []"))
	if diff := cmp.Diff([]string{"a.example", "b.example:7000"}, c.Overlay.Connect); diff != "" {
		t.Error(diff)
	}
	if got := setting(t, c, "overlay.listen"); got.Value != "/ip4/192.0.2.1/tcp/1" || got.Origin.Kind != config.FromFile {
		t.Errorf("%+v", got)
	}
}

func TestBadValuesSayKeySourceAndRemedy(t *testing.T) {
	t.Setenv("STARLING_OVERLAY_DEGREE_MIN", "few")
	path := write(t, `
downloads = 7
log_level = "loud"
seed_searchable = "perhaps"
[overlay]
port = 65536
connect = "one,,two"
listen = [1]
degree_max = 1.5
degree = "8"
[query]
path_lifetime = 10
echo_per_hop = "0s"
duplicates = "sometimes"
hit_bytes_per_link = "many"
hit_bytes_per_holder = "2G"
`)
	_, err := config.Load(flagSet(t, "--config", path))
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{
		"downloads (file " + path + "): 7 is not text; put it in quotes",
		`log_level (file ` + path + `): "loud" is none of debug, info, warn, error`,
		`"perhaps" is neither true nor false`,
		"overlay.port (file " + path + "): 65536 is not within 1 and 65535",
		"overlay.listen (file " + path + "): 1 is not text",
		"overlay.connect (file " + path + "): an empty entry in the list",
		`overlay.degree_max (file ` + path + `): "1.5" is not a whole number`,
		`overlay.degree_min (environment STARLING_OVERLAY_DEGREE_MIN): "few" is not a whole number`,
		`query.path_lifetime (file ` + path + `): "10" is not a duration; write it as 500ms, 10s`,
		"query.echo_per_hop (file " + path + "): 0s is less than 1ms",
		`"sometimes" is none of larger-ttl, drop-all`,
		`"many" is not a size in bytes; write it as 800k`,
		"2G is not within 1 and 1Gi",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestFieldsAreHeldAgainstEachOther(t *testing.T) {
	for _, file := range []string{"degree_min = 9", "degree = 13", "degree_max = 7"} {
		_, err := config.Load(flagSet(t, "--config", write(t, "[overlay]\n"+file)))
		if err == nil || !strings.Contains(err.Error(), "must not decrease") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
