package node

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const testToken = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestGuardMatrix crosses every Host, Origin, Sec-Fetch-Site, token and method. Behind the guard stands a route that counts: without the
// token nothing is read and nothing is changed, and with it only this very origin may ask.
func TestGuardMatrix(t *testing.T) {
	type value struct {
		text string
		good bool
	}
	hosts := []value{{"127.0.0.1:6000", true}, {"localhost:6000", true}, {"[::1]:6000", true}, {"LOCALHOST:6000", true},
		{"127.0.0.1:6001", false}, {"127.0.0.1", false}, {"evil.example:6000", false}, {"127.0.0.1.evil.example:6000", false}, {"", false}, {"192.168.1.2:6000", false}}
	origins := []value{{"", true}, {"same", true}, {"null", false}, {"http://evil.example", false}, {"https://127.0.0.1:6000", false}, {"http://127.0.0.1:6001", false},
		{"http://127.0.0.1:6000.evil.example", false}, {"http://evil.example@127.0.0.1:6000", false}}
	sites := []value{{"", true}, {"none", true}, {"same-origin", true}, {"same-site", false}, {"cross-site", false}, {"nonsense", false}}
	tokens := []value{{"Bearer " + testToken, true}, {"", false}, {"Bearer ", false}, {testToken, false}, {"bearer " + testToken, false},
		{"Bearer " + testToken[:63], false}, {"Bearer " + testToken + "0", false}, {"Bearer " + strings.ToUpper(testToken), false}, {"Basic " + testToken, false}}
	methods := []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}

	served := 0
	g := &guard{hosts: hostsOf("6000"), token: testToken, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served++
		fmt.Fprint(w, "secret")
	})}
	cases := 0
	for _, host := range hosts {
		for _, origin := range origins {
			for _, site := range sites {
				for _, token := range tokens {
					for _, method := range methods {
						cases++
						r := httptest.NewRequest(method, "/v1/status", strings.NewReader("{}"))
						r.Host = host.text
						setHeader(r, "Origin", strings.Replace(origin.text, "same", "http://"+host.text, 1))
						setHeader(r, "Sec-Fetch-Site", site.text)
						setHeader(r, "Authorization", token.text)
						r.Header.Set("Content-Type", "application/json")
						w := httptest.NewRecorder()
						before := served
						g.ServeHTTP(w, r)
						want := host.good && origin.good && site.good && token.good
						if got := served > before; got != want {
							t.Fatalf("%s host %q origin %q site %q token %q: served %v, want %v", method, host.text, origin.text, site.text, token.text, got, want)
						}
						if !want && (strings.Contains(w.Body.String(), "secret") || w.Code < 400) {
							t.Fatalf("refused request got %d %q", w.Code, w.Body)
						}
						for name := range w.Header() {
							if strings.HasPrefix(name, "Access-Control") {
								t.Fatalf("a CORS header left: %s", name)
							}
						}
					}
				}
			}
		}
	}
	if cases != len(hosts)*len(origins)*len(sites)*len(tokens)*len(methods) || served == 0 {
		t.Fatalf("%d cases, %d served", cases, served)
	}
}

func setHeader(r *http.Request, name, value string) {
	if value != "" {
		r.Header.Set(name, value)
	}
}

// TestGuardTwice sends a header twice, once good and once bad: two opinions are a refusal.
func TestGuardTwice(t *testing.T) {
	for name, values := range map[string][]string{
		"Origin":         {"http://127.0.0.1:6000", "http://evil.example"},
		"Sec-Fetch-Site": {"same-origin", "cross-site"},
		"Authorization":  {"Bearer " + testToken, "Bearer " + testToken},
	} {
		g := &guard{hosts: hostsOf("6000"), token: testToken, next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%s twice was served", name)
		})}
		r := httptest.NewRequest("GET", "/v1/status", nil)
		r.Host = "127.0.0.1:6000"
		r.Header.Set("Authorization", "Bearer "+testToken)
		r.Header[name] = values
		g.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// TestGuardForms: the three content types a page may send without asking first change nothing, even with the token.
func TestGuardForms(t *testing.T) {
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		g := &guard{hosts: hostsOf("6000"), token: testToken, next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("content type %q was served", kind)
		})}
		r := httptest.NewRequest("POST", "/v1/shutdown", strings.NewReader("{}"))
		r.Host = "127.0.0.1:6000"
		r.Header.Set("Authorization", "Bearer "+testToken)
		setHeader(r, "Content-Type", kind)
		w := httptest.NewRecorder()
		if g.ServeHTTP(w, r); w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("content type %q: %d", kind, w.Code)
		}
	}
}
