package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// httpServer is the ceiling: a web server and a client that verify nothing.
type httpServer struct {
	work, source, url string
	nginx, curl       string // empty: net/http takes the part
	server            *process
}

func newHTTP(work, source string) *httpServer {
	nginx, _ := exec.LookPath("nginx")
	curl, _ := exec.LookPath("curl")
	for tool, path := range map[string]string{"nginx": nginx, "curl": curl} {
		if path == "" {
			fmt.Printf("%s is not installed: net/http takes its part\n", tool)
		}
	}
	return &httpServer{work: work, source: source, nginx: nginx, curl: curl}
}

func (h *httpServer) name() string {
	server, client := "HTTP nginx", "curl"
	if h.nginx == "" {
		server = "HTTP Go"
	}
	if h.curl == "" {
		client = "Go"
	}
	return server + " → " + client
}

func (h *httpServer) start(ctx context.Context) (err error) {
	if h.nginx == "" {
		if h.server, err = launch(ctx, os.Args[0], "child-http-serve", filepath.Dir(h.source)); err != nil {
			return err
		}
		h.url, err = h.server.line()
		return err
	}
	port, err := unusedPort()
	if err != nil {
		return err
	}
	h.url = fmt.Sprintf("http://127.0.0.1:%d/file.bin", port)
	// One process, so that /proc tells all of it.
	config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx.pid; error_log stderr error;
events {}
http { access_log off; sendfile on; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s;
uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 127.0.0.1:%[2]d; root %[3]s; } }`, h.work, port, filepath.Dir(h.source))
	path := filepath.Join(h.work, "nginx.conf")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		return err
	}
	if h.server, err = launch(ctx, h.nginx, "-c", path, "-p", h.work); err != nil {
		return err
	}
	return untilListening(ctx, port)
}

func (h *httpServer) transfer(ctx context.Context, _ int) (result, error) {
	target := filepath.Join(h.work, "http.bin")
	defer os.Remove(target)
	receiver := exec.CommandContext(ctx, os.Args[0], "child-http-get", h.url, target)
	if h.curl != "" {
		receiver = exec.CommandContext(ctx, h.curl, "-sSf", "--noproxy", "*", "-o", target, h.url)
	}
	r, err := timed(h.server, receiver)
	if err != nil {
		return r, err
	}
	return r, sameSize(h.source, target)
}

func (h *httpServer) stop() { h.server.stop() }

func unusedPort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// serveHTTP and getHTTP are the children that stand in for nginx and curl.
func serveHTTP(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/file.bin\n", l.Addr())
	return http.Serve(l, http.FileServer(http.Dir(dir)))
}

func getHTTP(url, target string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(target)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return err
}
