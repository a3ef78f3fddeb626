package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of the control API. Its clients are programs of one user on one machine, so these are wide for them and narrow for anything else.
const (
	bodyMaxBytes   = 1 << 20 // a get of thousands of magnet links fits
	headerMaxBytes = 16 << 10
	clientsMax     = 256 // connections at once on each listener
	headerWait     = 5 * time.Second
	bodyWait       = 30 * time.Second
	idleWait       = 2 * time.Minute
	drainWait      = 2 * time.Second // for answers under way when the node stops
)

// A server is the control API on its two listeners.
type server struct {
	socket, tcp net.Listener // either may be nil
	token       string
	stateDir    string
	logger      *slog.Logger
}

// listen opens the API's doors. tcpAddress is a loopback host:port, or empty for none.
func listen(stateDir, tcpAddress string, logger *slog.Logger) (*server, error) {
	dir := filepath.Join(stateDir, runDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the control API: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("close the folder of the control API to others: %w", err)
	}
	s := &server{stateDir: stateDir, logger: logger}
	if err := s.open(filepath.Join(dir, socketName), tcpAddress); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *server) open(socketPath, tcpAddress string) (err error) {
	removeEndpoint(s.stateDir) // a killed node leaves its socket behind; the lock says that nobody else lives here
	if s.token, err = newToken(s.stateDir); err != nil {
		return fmt.Errorf("write the token of the control API: %w", err)
	}
	if runtime.GOOS != "windows" && len(socketPath) <= socketPathMax {
		if s.socket, err = listenSocket(socketPath); err != nil {
			return err
		}
	} else if tcpAddress == "" {
		tcpAddress = "127.0.0.1:0" // clients need one door
	}
	if tcpAddress == "" {
		return nil
	}
	s.tcp, err = listenLoopback(tcpAddress)
	return err
}

func listenSocket(path string) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("close the control socket to others: %w", err)
	}
	return l, nil
}

// listenLoopback refuses every address that other machines could reach.
func listenLoopback(address string) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("address of the control API: %w", err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, fmt.Errorf("the control API listens on this machine only, and %s is not a loopback address: use 127.0.0.1:PORT", address)
	}
	l, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	return l, nil
}

func (s *server) endpoint() endpoint {
	e := endpoint{PID: os.Getpid()}
	if s.socket != nil {
		e.Socket = s.socket.Addr().String()
	}
	if s.tcp != nil {
		e.TCP = s.tcp.Addr().String()
	}
	return e
}

// serve answers until ctx ends, then lets answers under way finish for a moment. Streams end with ctx, which is the base of every request.
// It closes ready once clients can find it.
func (s *server) serve(ctx context.Context, routes http.Handler, admitted *tickets, ready chan<- struct{}) error {
	if err := writeEndpoint(s.stateDir, s.endpoint()); err != nil {
		return fmt.Errorf("say where the control API is: %w", err)
	}
	close(ready)
	group, ctx := errgroup.WithContext(ctx)
	if s.socket != nil {
		s.serveOn(ctx, group, s.socket, &guard{hosts: map[string]bool{socketHost: true}, next: routes})
	}
	if s.tcp != nil {
		_, port, _ := net.SplitHostPort(s.tcp.Addr().String())
		s.serveOn(ctx, group, s.tcp, &guard{hosts: hostsOf(port), token: s.token, tickets: admitted, next: routes})
	}
	return group.Wait()
}

func (s *server) serveOn(ctx context.Context, group *errgroup.Group, l net.Listener, handler http.Handler) {
	web := &http.Server{
		Handler: handler, MaxHeaderBytes: headerMaxBytes,
		ReadHeaderTimeout: headerWait, ReadTimeout: bodyWait, IdleTimeout: idleWait,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
	group.Go(func() error {
		if err := web.Serve(newLimitedListener(l, clientsMax)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("control API: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWait)
		defer cancel()
		if web.Shutdown(drain) != nil {
			web.Close()
		}
		return nil
	})
}

// close gives the listeners back; serve has closed them already when it ran.
func (s *server) close() {
	for _, l := range []net.Listener{s.socket, s.tcp} {
		if l != nil {
			l.Close()
		}
	}
	removeEndpoint(s.stateDir)
}

// readBody decodes the JSON body into v: one value, no field we do not know.
func readBody(r *http.Request, v any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return &Problem{Code: CodeUsage, Message: "the body cannot be read: " + err.Error()}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &Problem{Code: CodeUsage, Message: "the body has more than one value"}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	line, err := MarshalLine(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(line, '\n'))
}

func writeProblem(w http.ResponseWriter, status int, p *Problem) { writeJSON(w, status, p) }
