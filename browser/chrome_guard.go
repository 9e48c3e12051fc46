package browser

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// profilePrefix begins the name of every profile folder.
const profilePrefix = "sgidcheck-browser-"

// guardPatience is how long a guard tries to remove a folder in which dying
// processes still write.
const guardPatience = 10 * time.Second

// Guard waits until alive ends, which it does when the program that holds its
// other end has ended in whatever way, and then removes profile and what still
// runs in it. It is for a process of its own: a program that is killed cannot
// clear up behind itself. The error says that profile is not the folder of a
// browser, or could not be removed.
func Guard(profile string, alive io.Reader) error {
	if !strings.HasPrefix(filepath.Base(profile), profilePrefix) {
		return fmt.Errorf("%s is not the profile folder of a browser", profile)
	}
	_, _ = io.Copy(io.Discard, alive)
	for deadline := time.Now().Add(guardPatience); ; {
		killUsers(profile, 0)
		remove(profile, 0)
		if _, err := os.Stat(profile); err != nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s could not be removed", profile)
		}
	}
}

// guard is a process that runs Guard; nil where none could be started, and a
// killed program leaves its browser's folder behind.
type guard struct {
	cmd   *exec.Cmd
	alive io.Closer
}

func (c *Chrome) startGuard(profile string) *guard {
	if len(c.opt.Guard) == 0 {
		return nil
	}
	cmd := exec.Command(c.opt.Guard[0], append(slices.Clone(c.opt.Guard[1:]), profile)...)
	cmd.Env = []string{} // it needs none, and some of ours is secret
	apart(cmd)
	alive, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return nil
	}
	return &guard{cmd, alive}
}

func (g *guard) pid() int {
	if g == nil {
		return 0
	}
	return g.cmd.Process.Pid
}

// release ends a guard whose folder is gone.
func (g *guard) release() {
	if g != nil {
		g.alive.Close()
		_ = g.cmd.Wait()
	}
}
