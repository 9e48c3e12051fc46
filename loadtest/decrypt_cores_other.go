//go:build !linux

package loadtest

// decryptPin is false: this system is not asked to hold threads to cores.
func decryptPin(int, int) bool { return false }
