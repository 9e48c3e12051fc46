package provider

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sgidcheck/internal/sgid"
)

// The paths of the login page, beside the five documented ones.
const (
	pathLogin = "/v2/login"
	pathStyle = "/v2/login/style.css"
	pathIcon  = "/v2/login/icon.svg"
)

// The paths of the page with the QR code: its script, what that asks, and what
// the phone opens.
const (
	pathScript = "/v2/login/qr.js"
	pathStart  = "/v2/login/start"
	pathCode   = "/v2/login/code"
	pathWait   = "/v2/login/wait"
	pathScan   = "/v2/login/scan"
)

// endpoint names a path for the faults' sake.
type endpoint string

const (
	atAuthorize endpoint = sgid.PathAuthorize
	atToken     endpoint = sgid.PathToken
	atUserInfo  endpoint = sgid.PathUserInfo
	atJWKS      endpoint = sgid.PathJWKS
	atDiscovery endpoint = sgid.PathDiscovery
	atLogin     endpoint = pathLogin
	atStyle     endpoint = pathStyle
	atIcon      endpoint = pathIcon
)

// routes is the provider's handler: exact paths, no path cleaning and no
// redirects to a cleaned path, so that an endpoint has one address.
func (p *Provider) routes() http.Handler {
	table := map[string]http.Handler{
		sgid.PathAuthorize: http.HandlerFunc(p.authorize),
		sgid.PathToken:     http.HandlerFunc(p.token),
		sgid.PathUserInfo:  http.HandlerFunc(p.userinfo),
		sgid.PathJWKS:      http.HandlerFunc(p.jwks),
		sgid.PathDiscovery: http.HandlerFunc(p.discovery),
		pathLogin:          http.HandlerFunc(p.decide),
		pathStyle:          asset("page/style.css", "text/css; charset=utf-8"),
		pathIcon:           asset("page/icon.svg", "image/svg+xml"),
	}
	if p.byPhone() {
		table[pathLogin] = http.HandlerFunc(p.nothing) // nobody submits a form
		table[pathScript] = asset("page/qr.js", "text/javascript; charset=utf-8")
		table[pathCode] = http.HandlerFunc(p.qrCode)
		table[pathWait] = http.HandlerFunc(p.wait)
		table[pathScan] = http.HandlerFunc(p.scan)
	}
	if p.options.LoginPage == LoginPageApp {
		table[pathStart] = http.HandlerFunc(p.start)
	}
	for at, wrap := range p.conduct.wrap {
		table[string(at)] = wrap(table[string(at)])
	}
	for path, at := range p.conduct.aliases {
		table[path] = table[string(at)]
	}
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if p.secure && !p.conduct.noHSTS {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		if next, ok := table[r.URL.Path]; ok && r.URL.RawPath == "" {
			next.ServeHTTP(w, r)
			return
		}
		p.nothing(w, r)
	})
	if p.options.Log != nil {
		h = p.logged(h)
	}
	return h
}

func (p *Provider) nothing(w http.ResponseWriter, _ *http.Request) {
	p.errorPage(w, http.StatusNotFound, "Page not found", "There is nothing at this address.")
}

// logged reports each request to the Log option, without query, headers or body.
func (p *Provider) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			p.options.Log(Request{Time: started, Method: r.Method, Path: r.URL.Path,
				Status: sw.status, Duration: time.Since(started)})
		}()
		next.ServeHTTP(sw, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// allow reports whether r's method is one of methods. Where it is not, it sets
// Allow, as the 405 that is due must have it (RFC9110 15.5.6).
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, m := range methods {
		if r.Method == m {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	return false
}

// serve starts answering on the listener.
func (p *Provider) serve() {
	p.server = &http.Server{
		Handler:           p.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          discardLog,
	}
	if p.secure && p.conduct.plainToo {
		p.plain = &http.Server{Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: discardLog}
	}
	go func() {
		err := p.serveOn()
		if err == http.ErrServerClosed || err == context.Canceled {
			err = nil
		}
		p.stop(err)
	}()
}

func (p *Provider) serveOn() error {
	if p.secure {
		return p.serveTLS()
	}
	return p.server.Serve(p.listener)
}
