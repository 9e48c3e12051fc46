package browser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"html"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// harness serves the pages of the attacker and of the other site, on loopback:
// one server, which is two sites to a browser, 127.0.0.1 and localhost.
type harness struct {
	server      *http.Server
	scheme      string
	port        string
	fingerprint string // of its certificate's key, where it serves https

	mu       sync.Mutex
	visits   []visit
	arrivals chan struct{} // one for every visit; never blocks
}

// visit is one request that reached the harness.
type visit struct {
	Path    string
	Referer string
	Has     bool // a Referer field was sent
}

func newHarness(secure bool) (*harness, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the harness's own pages: %w", err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	h := &harness{scheme: "http", port: port, arrivals: make(chan struct{}, 1)}
	if secure {
		certificate, err := ownCertificate()
		if err != nil {
			ln.Close()
			return nil, fmt.Errorf("the certificate of the harness's own pages: %w", err)
		}
		h.scheme, h.fingerprint = "https", fingerprint(certificate.Leaf.RawSubjectPublicKeyInfo)
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	h.server = &http.Server{Handler: http.HandlerFunc(h.answer), ReadHeaderTimeout: 5 * time.Second, ErrorLog: quiet}
	go func() { _ = h.server.Serve(ln) }()
	return h, nil
}

// ownCertificate is a certificate for loopback that lives as long as the run.
func ownCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "sgidcheck harness"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(30 * 24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// foreign is the origin of the harness that is another site than address.
func (h *harness) foreign(address string) string {
	host := "localhost"
	if strings.Contains(originOf(address), "//localhost") {
		host = "127.0.0.1"
	}
	return h.scheme + "://" + host + ":" + h.port
}

// other is the harness's second site.
func (h *harness) other(origin string) string {
	if strings.Contains(origin, "//localhost") {
		return h.scheme + "://127.0.0.1:" + h.port
	}
	return h.scheme + "://localhost:" + h.port
}

func (h *harness) answer(w http.ResponseWriter, r *http.Request) {
	_, has := r.Header["Referer"]
	h.mu.Lock()
	h.visits = append(h.visits, visit{Path: r.URL.Path, Referer: r.Header.Get("Referer"), Has: has})
	h.mu.Unlock()
	select {
	case h.arrivals <- struct{}{}:
	default:
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Another site</title><link rel="icon" href="data:,"></head><body>`
	switch r.URL.Path {
	case "/frames": // a page that frames two others: one that may be framed, and the one on trial
		fmt.Fprintf(w, head+`<h1>Another site</h1><iframe title="may be framed" width="300" height="120" src="%s"></iframe>
<iframe title="on trial" width="700" height="600" src="%s"></iframe>`, html.EscapeString(r.FormValue("control")), html.EscapeString(r.FormValue("trial")))
	case "/echo": // a page that makes the mistake that is looked for
		fmt.Fprint(w, head+r.FormValue("x"))
	default:
		fmt.Fprint(w, head+`<p>Another site</p><form><button>Something to press</button></form>`)
	}
}

// visited is what reached a path so far.
func (h *harness) visited(path string) []visit {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []visit
	for _, v := range h.visits {
		if v.Path == path {
			out = append(out, v)
		}
	}
	return out
}

func (h *harness) close() { _ = h.server.Close() }
