package loadtest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"sgidcheck/internal/sgid"
)

// A turn on one core leaves nothing of its hold on the turn that follows.
func TestEachTurnIsHeldToItsOwnCores(t *testing.T) {
	if len(decryptAllowed()) < 2 {
		t.Skip("this machine has one core")
	}
	for _, engine := range []string{sgid.EngineGo, sgid.EngineJWX, sgid.EngineOpenSSL} {
		t.Run(engine, func(t *testing.T) {
			release(t)
			for _, cores := range []int{2, 1} {
				if !decryptPin(os.Getpid(), 3-cores) {
					t.Skip("this system does not hold threads to cores")
				}
				decryptHold(cores, engine)
				var set unix.CPUSet
				if err := unix.SchedGetaffinity(os.Getpid(), &set); err != nil {
					t.Fatal(err)
				}
				if set.Count() != cores {
					t.Errorf("held to %d cores, want %d", set.Count(), cores)
				}
			}
		})
	}
}
