//go:build !linux && !darwin && !freebsd && !windows

package doctor

import "errors"

// freeSpace cannot be determined here; doctor leaves it out.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
