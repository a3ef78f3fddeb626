package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// fileBytesMax bounds the file: the default one has a hundredth of it.
const fileBytesMax = 1 << 20

// fileEnv names the file as --config does.
const fileEnv = envPrefix + "CONFIG"

// Load reads the configuration: defaults, overruled by the file, overruled by
// STARLING_… variables, overruled by the flags that were given. Of flags it
// looks at --config, --state and those of the keys; a nil set has none. The
// file may be absent unless it was named. Errors name key, source and remedy.
func Load(flags *pflag.FlagSet) (*Config, error) {
	c := Default()
	table := c.table()
	path, named, err := locate(flags)
	if err != nil {
		return nil, err
	}
	file, err := readFile(path, named)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(unknownKeys(table, path, file), unknownVariables(table, os.Environ())); err != nil {
		return nil, err
	}
	layers, err := layered(table, file, flags)
	if err != nil {
		return nil, err
	}
	if err := c.take(table, layers, path, flags); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// Path says which file Load reads: --config, else STARLING_CONFIG, else
// config.toml in the folder of --state or STARLING_STATE, else in the XDG
// configuration folder.
func Path(flags *pflag.FlagSet) (string, error) {
	path, _, err := locate(flags)
	return path, err
}

func locate(flags *pflag.FlagSet) (path string, named bool, err error) {
	const fileName = "config.toml"
	switch {
	case given(flags, "config") != "":
		path, named = given(flags, "config"), true
	case os.Getenv(fileEnv) != "":
		path, named = os.Getenv(fileEnv), true
	case given(flags, "state") != "":
		path = filepath.Join(given(flags, "state"), fileName)
	case os.Getenv(envPrefix+"STATE") != "":
		path = filepath.Join(os.Getenv(envPrefix+"STATE"), fileName)
	default:
		path = filepath.Join(xdg.ConfigHome, appName, fileName)
	}
	path, err = filepath.Abs(path)
	return path, named, err
}

// given is the value of a flag that was set on the command line, else "".
func given(flags *pflag.FlagSet, name string) string {
	if f := lookup(flags, name); f != nil && f.Changed {
		return f.Value.String()
	}
	return ""
}

func lookup(flags *pflag.FlagSet, name string) *pflag.Flag {
	if flags == nil || name == "" {
		return nil
	}
	return flags.Lookup(name)
}

func readFile(path string, named bool) (map[string]any, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w; 'starling config init' writes one to start from", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	if len(text) > fileBytesMax {
		return nil, fmt.Errorf("%s: larger than %s; this is no configuration file", path, FormatSize(fileBytesMax))
	}
	return parseFile(path, text)
}

func parseFile(path string, text []byte) (map[string]any, error) {
	var file map[string]any
	err := toml.Unmarshal(text, &file)
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return nil, fmt.Errorf("%s:%d:%d: %s; it must be TOML, as 'starling config init' writes it", path, line, column, bad.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// layered gives viper all sources, which knows who overrules whom.
func layered(table []key, file map[string]any, flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	if err := v.MergeConfigMap(file); err != nil {
		return nil, fmt.Errorf("merge the configuration: %w", err)
	}
	for _, k := range table {
		v.SetDefault(k.key, k.value.text())
		if err := v.BindEnv(k.key, k.env()); err != nil {
			return nil, fmt.Errorf("bind %s: %w", k.env(), err)
		}
		if f := lookup(flags, k.flag); f != nil {
			if err := v.BindPFlag(k.key, f); err != nil {
				return nil, fmt.Errorf("bind --%s: %w", k.flag, err)
			}
		}
	}
	return v, nil
}

// take sets the fields whose keys some source names, and notes which source.
func (c *Config) take(table []key, layers *viper.Viper, path string, flags *pflag.FlagSet) error {
	c.sources = make(map[string]Origin)
	var errs []error
	for _, k := range table {
		origin := k.origin(layers, path, flags)
		if origin.Kind == FromDefault {
			continue
		}
		dir := ""
		if origin.Kind == FromFile {
			dir = filepath.Dir(path)
		}
		if err := k.value.set(layers.Get(k.key), dir); err != nil {
			errs = append(errs, fmt.Errorf("%s (%s): %w", k.key, origin, err))
		}
		c.sources[k.key] = origin
	}
	return errors.Join(errs...)
}

// origin says which source decides, in viper's own order.
func (k key) origin(layers *viper.Viper, path string, flags *pflag.FlagSet) Origin {
	if f := lookup(flags, k.flag); f != nil && f.Changed {
		return Origin{FromFlag, "--" + k.flag}
	}
	if os.Getenv(k.env()) != "" { // viper takes an empty variable for none
		return Origin{FromEnvironment, k.env()}
	}
	if layers.InConfig(k.key) {
		return Origin{FromFile, path}
	}
	return Origin{Kind: FromDefault}
}

// check holds the fields against each other.
func (c *Config) check() error {
	o := &c.Overlay
	if o.DegreeMin > o.Degree || o.Degree > o.DegreeMax {
		return fmt.Errorf("overlay.degree_min (%d), overlay.degree (%d) and overlay.degree_max (%d) must not decrease in this order",
			o.DegreeMin, o.Degree, o.DegreeMax)
	}
	return nil
}
