package loadtest

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gleak"
)

// However a load test ends, nothing of it goes on.
func TestALoadTestLeavesNoGoroutine(t *testing.T) {
	for name, interrupted := range map[string]bool{"to its end": false, "interrupted": true} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			o := embedded(t, Login, false)
			before := gleak.Goroutines()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if interrupted {
				o.Duration = time.Minute
			}
			load, err := Run(ctx, o, func(p Progress) {
				if interrupted && p.Ended > 0 {
					stop()
				}
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(load.Stopped != "").To(Equal(interrupted))
			g.Expect(load.Requests).NotTo(BeZero())
			// What the provider keeps for an idle connection goes with the connection.
			g.Eventually(gleak.Goroutines).WithTimeout(10 * time.Second).ShouldNot(gleak.HaveLeaked(before))
		})
	}
}
