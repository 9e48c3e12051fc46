package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that ends when the program is asked to end:
// by Ctrl-C, by the system, or because the terminal went away. What was judged
// until then is written. A second Ctrl-C ends it at once. Under nohup the
// terminal may go.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	asked := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		asked = append(asked, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, asked...)
	// A reader of the output that has gone is an error of that write, and not
	// the end of the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		for s := range signals {
			if s == os.Interrupt && ctx.Err() != nil {
				fmt.Fprintln(os.Stderr, "sgidcheck: stopped immediately; the record holds what had been written so far")
				os.Exit(exitIncomplete)
			}
			cancel()
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}
