package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNotRunning says that no node uses the state folder.
var ErrNotRunning = errors.New("no node is running")

// socketHost is the Host that requests over the unix socket name.
const socketHost = "starling"

// answerMaxBytes bounds what a client reads of one answer that is not a stream.
const answerMaxBytes = 64 << 20

// A Client talks to the running node of a state folder. It is safe for use by several goroutines. Every error that the node itself
// reports is a *Problem.
type Client struct {
	endpoint endpoint
	token    string
	base     string
	web      *http.Client
}

// Dial finds the node that runs on stateDir and checks that it listens. The error is ErrNotRunning when there is none.
func Dial(stateDir string) (*Client, error) {
	e, err := readEndpoint(stateDir)
	if err != nil {
		return nil, notRunning(stateDir, err)
	}
	c := &Client{endpoint: e, base: "http://" + socketHost}
	if e.Socket == "" {
		c.base = e.http()
		if c.token, err = readToken(stateDir); err != nil {
			return nil, err
		}
	}
	c.web = &http.Client{Transport: &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx) },
		DisableCompression: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
	}}
	probe, err := e.dial(context.Background())
	if err != nil {
		return nil, notRunning(stateDir, ErrNotRunning)
	}
	probe.Close()
	return c, nil
}

func notRunning(stateDir string, err error) error {
	if !errors.Is(err, ErrNotRunning) {
		return err
	}
	return fmt.Errorf("%w on the state folder %s; start one with 'starling up', or name another folder with --state DIR", err, stateDir)
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	if e.Socket != "" {
		return dialer.DialContext(ctx, "unix", e.Socket)
	}
	return dialer.DialContext(ctx, "tcp", e.TCP)
}

// PID returns the process id of the node.
func (c *Client) PID() int { return c.endpoint.PID }

// API says where the node answers: unix:PATH or http://HOST:PORT.
func (c *Client) API() string { return c.endpoint.url() }

// Close drops the idle connections.
func (c *Client) Close() { c.web.CloseIdleConnections() }

// call sends one request and decodes its answer into out, unless out is nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	response, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, answerMaxBytes)).Decode(out); err != nil {
		return fmt.Errorf("read the node's answer to %s: %w", path, err)
	}
	return nil
}

// answer is call for an answer of type T.
func answer[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, method, path, in, &out)
	return out, err
}

// request sends one request and returns its successful answer; the caller closes the body.
func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	var reader io.Reader
	if in != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return c.do(request)
}

// do sends a request and returns its answer, or what is wrong.
func (c *Client) do(request *http.Request) (*http.Response, error) {
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.web.Do(request)
	if err != nil {
		return nil, lostNode(err)
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		return nil, problemOf(response)
	}
	return response, nil
}

// lostNode puts the reason in front of the address that net/http would print first.
func lostNode(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("the node has gone away: %w", err)
}

func problemOf(response *http.Response) error {
	if response.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		_, size, _ := strings.Cut(response.Header.Get("Content-Range"), "/")
		return usage("the file has no such bytes: it has %s", size)
	}
	problem := new(Problem)
	err := json.NewDecoder(io.LimitReader(response.Body, bodyMaxBytes)).Decode(problem)
	if err != nil || problem.Message == "" {
		return fmt.Errorf("the node answered %s", response.Status)
	}
	return problem
}

// stream yields the events of one request as T values; names lists the events wanted, and the stream must end with one of last.
func stream[T any](ctx context.Context, c *Client, method, path string, in any, decode func(event) (T, bool, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		response, err := c.request(ctx, method, path, in)
		if err != nil {
			yield(none, err)
			return
		}
		defer response.Body.Close()
		ended := false
		err = readEvents(response.Body, func(e event) (bool, error) {
			value, last, err := decode(e)
			if err != nil {
				return false, err
			}
			ended = last
			wanted := yield(value, nil)
			ended = ended || !wanted
			return wanted && !last, nil
		})
		if err == nil && !ended {
			err = errors.New("the node has gone away in the middle of its answer")
		}
		if err != nil {
			yield(none, lostStream(ctx, err))
		}
	}
}

// lostStream prefers the reason we know: our own cancellation, or the node's words.
func lostStream(ctx context.Context, err error) error {
	var problem *Problem
	if errors.As(err, &problem) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
