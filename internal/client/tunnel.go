package client

import (
	"context"
	"net"
)

// Tunnel opens a connection to host:port as the client does for https, through
// the environment's proxy where there is one, and leaves the handshake to the
// caller.
func (c *Client) Tunnel(ctx context.Context, hostport string) (net.Conn, error) {
	proxy, err := c.dial.proxyFor("https", hostport)
	switch {
	case err != nil:
		return nil, err
	case proxy != nil:
		return c.proxyConnect(ctx, proxy, "https", hostport)
	}
	return c.Dial(ctx, hostport)
}
