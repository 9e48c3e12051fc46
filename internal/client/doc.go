// Package client is the recording HTTP client: requests go out byte for byte as
// they stand, every exchange is kept, and what a target may cost is bounded here
// once for everybody: sizes, times, redirects, decompression. Whatever a target
// answers is hostile until shown otherwise.
package client
