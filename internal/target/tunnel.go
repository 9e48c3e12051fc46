package target

import (
	"context"
	"net"
	"net/http"
	"net/url"
)

// Tunnel opens a connection to host:port as the client does for https, through
// the environment's proxy where there is one, and leaves the handshake to the
// caller.
func (c *Client) Tunnel(ctx context.Context, hostport string) (net.Conn, error) {
	if c.dial.proxy != nil {
		proxy, err := c.dial.proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: hostport}})
		if err != nil {
			return nil, err
		}
		if proxy != nil {
			return c.proxyConnect(ctx, proxy, "https", hostport)
		}
	}
	return c.Dial(ctx, hostport)
}
