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

// httpServer is the ceiling: a web server and a client that verify nothing. With
// secure it speaks HTTPS, which Starling's encryption compares with.
type httpServer struct {
	secure            bool
	at                place
	work, source, url string
	nginx, curl       string // empty: net/http takes the part
	server            *process
}

func (h *httpServer) name() string {
	h.nginx, _ = exec.LookPath("nginx")
	h.curl, _ = exec.LookPath("curl")
	scheme, server, client := "HTTP", "nginx", "curl"
	if h.secure {
		scheme = "HTTPS"
	}
	if h.nginx == "" {
		server = "Go"
	}
	if h.curl == "" {
		client = "Go"
	}
	return scheme + ", " + server + " → " + client
}

// missing: HTTP is never; where a program is not installed net/http takes its
// part, and the name says so.
func (h *httpServer) missing() string {
	if !h.secure {
		return ""
	}
	return notInstalled("nginx", "curl")
}

func (h *httpServer) start(ctx context.Context, s *stage, source string, at place) (err error) {
	h.work, h.source, h.at = s.dir, source, at
	if h.name(); h.nginx == "" {
		if h.server, err = s.launch(ctx, within(at.server, self(), "child-http-serve", filepath.Dir(source), at.address)...); err != nil {
			return err
		}
		h.url, err = h.server.line(ctx)
		return err
	}
	port, err := unusedPort()
	if err != nil {
		return err
	}
	scheme, secure := "http", ""
	if h.secure {
		if err := writeCertificate(filepath.Join(h.work, "cert.pem"), filepath.Join(h.work, "key.pem")); err != nil {
			return err
		}
		scheme, secure = "https", fmt.Sprintf(" ssl; ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem; ssl_protocols TLSv1.3", h.work)
	}
	h.url = fmt.Sprintf("%s://%s:%s/%s", scheme, at.address, port, filepath.Base(source))
	// One process, so that /proc tells all of it.
	config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx-%[2]s.pid; error_log stderr error; worker_rlimit_nofile 512;
events {}
http { access_log off; sendfile on; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s;
uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen %[5]s:%[2]s%[4]s; root %[3]s; } }`, h.work, port, filepath.Dir(source), secure, at.address)
	path := filepath.Join(h.work, scheme+".conf")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		return err
	}
	if h.server, err = s.launch(ctx, within(at.server, h.nginx, "-c", path, "-p", h.work)...); err != nil {
		return err
	}
	return untilListening(ctx, h.server, at, port)
}

func (h *httpServer) transfer(ctx context.Context, _ int) (result, error) {
	target := filepath.Join(h.work, "http.bin")
	defer os.Remove(target)
	line := within(h.at.client, self(), "child-http-get", h.url, target)
	if h.curl != "" {
		line = within(h.at.client, h.curl, "-sSfk", "--noproxy", "*", "-o", target, h.url)
	}
	r, err := timed(h.server, exec.CommandContext(ctx, line[0], line[1:]...))
	if err != nil {
		return r, err
	}
	return r, sameFile(h.source, target)
}

// serveHTTP and getHTTP are the children that stand in for nginx and curl.
func serveHTTP(dir, address string) error {
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
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
