package node

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files of the control API, in a folder of mode 0700 below the state folder, so that even a state folder others may look into keeps them
// apart from the first moment. All are new at each start.
const (
	runDir       = "run"
	socketName   = "api.sock"
	tokenName    = "api.token" // 256 random bits, hex
	endpointName = "api.json"
)

// socketPathMax is the longest path a unix socket may have: 103 bytes on darwin, 107 on linux.
const socketPathMax = 103

// An endpoint tells a client of the same machine where the API is.
type endpoint struct {
	PID    int    `json:"pid"`
	Socket string `json:"socket,omitempty"` // absolute path
	TCP    string `json:"tcp,omitempty"`    // host:port on loopback
}

// url says where the API is, in the one word that status shows.
func (e endpoint) url() string {
	if e.Socket != "" {
		return "unix:" + e.Socket
	}
	return e.http()
}

func (e endpoint) http() string {
	if e.TCP == "" {
		return ""
	}
	return "http://" + e.TCP
}

// writeEndpoint makes the endpoint known, last of all, when the API answers.
func writeEndpoint(stateDir string, e endpoint) error {
	encoded, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(stateDir, runDir, endpointName), append(encoded, '\n'))
}

func readEndpoint(stateDir string) (endpoint, error) {
	var e endpoint
	encoded, err := os.ReadFile(filepath.Join(stateDir, runDir, endpointName))
	if errors.Is(err, fs.ErrNotExist) {
		return e, ErrNotRunning
	}
	if err != nil {
		return e, fmt.Errorf("find the running node: %w", err)
	}
	if err := json.Unmarshal(encoded, &e); err != nil {
		return e, fmt.Errorf("find the running node: %s is damaged; stop the node by its process id and start it again: %w", endpointName, err)
	}
	return e, nil
}

// removeEndpoint takes back what writeEndpoint and the listeners left.
func removeEndpoint(stateDir string) {
	for _, name := range []string{endpointName, tokenName, socketName} {
		os.Remove(filepath.Join(stateDir, runDir, name))
	}
}

// newToken returns 256 random bits as hex and leaves them in a file that only the owner can read.
func newToken(stateDir string) (string, error) {
	var secret [32]byte
	rand.Read(secret[:]) // never fails since Go 1.24
	token := hex.EncodeToString(secret[:])
	return token, writePrivate(filepath.Join(stateDir, runDir, tokenName), []byte(token+"\n"))
}

func readToken(stateDir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(stateDir, runDir, tokenName))
	if err != nil {
		return "", fmt.Errorf("read the token of the running node: %w", err)
	}
	if len(text) < 64 {
		return "", fmt.Errorf("the token file %s is damaged; restart the node", tokenName)
	}
	return string(text[:64]), nil
}

// writePrivate replaces path with a file of mode 0600 in one step, so that a reader sees the old or the new one and nothing between.
func writePrivate(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
