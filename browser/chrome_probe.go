package browser

import "context"

// Probe starts the browser at path, opens an empty page and ends it, and
// returns its name and version; guard is as in ChromeOptions. The error says why
// it does not start.
func Probe(ctx context.Context, path string, guard []string) (product string, err error) {
	c := NewChrome(ChromeOptions{Path: path, Guard: guard})
	defer c.Close()
	p, _, err := c.newProfile(ctx, func(*profile) {})
	if err != nil {
		return "", err
	}
	p.close()
	return c.Product(), nil
}
