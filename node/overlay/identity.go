package overlay

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Identity is a node's Ed25519 key pair. The node id is its public half.
type Identity struct {
	key crypto.PrivKey
	id  peer.ID
}

// ID returns the node id, as libp2p writes it.
func (i Identity) ID() string { return i.id.String() }

// NewIdentity makes an identity that is kept nowhere.
func NewIdentity() (Identity, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("make an identity key: %w", err)
	}
	return identityOf(key)
}

func identityOf(key crypto.PrivKey) (Identity, error) {
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return Identity{}, fmt.Errorf("derive the node id: %w", err)
	}
	return Identity{key: key, id: id}, nil
}

// identityBytesMax is far above what an Ed25519 key takes, 68 bytes.
const identityBytesMax = 4096

// LoadIdentity reads the identity kept in the file at path, and makes it on the
// first start. It refuses a key that others can read, and never replaces one
// that it cannot use: the owner may have it elsewhere.
func LoadIdentity(path string) (Identity, error) {
	raw, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createIdentity(path)
	}
	if err != nil {
		return Identity{}, err
	}
	key, err := crypto.UnmarshalPrivateKey(raw)
	if err != nil {
		return Identity{}, fmt.Errorf("the identity key %s is damaged (%w): put your copy back, or move the file away to start with a new identity", path, err)
	}
	if key.Type() != crypto.Ed25519 {
		return Identity{}, fmt.Errorf("the identity key %s is not an Ed25519 key: put your own back, or move the file away to start with a new identity", path)
	}
	return identityOf(key)
}

func readKey(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("read the identity key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > identityBytesMax {
		return nil, fmt.Errorf("the identity key %s is not a key file: move it away to start with a new identity", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the identity key %s can be read by others (mode %04o): run chmod 600 on it, and make a new one if you are not alone on this machine", path, mode)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the identity key: %w", err)
	}
	return raw, nil
}

func createIdentity(path string) (Identity, error) {
	id, err := NewIdentity()
	if err != nil {
		return Identity{}, err
	}
	raw, err := crypto.MarshalPrivateKey(id.key)
	if err != nil {
		return Identity{}, fmt.Errorf("encode the identity key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Identity{}, fmt.Errorf("make the folder of the identity key: %w", err)
	}
	return id, writeKey(path, raw)
}

// writeKey puts the whole key in place in one step, so that a crash leaves
// either no key or a good one, and never replaces one.
func writeKey(path string, raw []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".identity-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the identity key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the identity key: %w", err)
	}
	return nil
}
