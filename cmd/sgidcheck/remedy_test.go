package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

func TestWhatToDoWhereAFileCannotBeWritten(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "free disk space"}, {errors.New("odd"), "free disk space"},
		{&os.PathError{Op: "open", Path: "run.json", Err: syscall.EMFILE}, "let more files be open (ulimit -n)"}, {syscall.ENFILE, "let more files be open (ulimit -n)"},
		{fmt.Errorf("x: %w", fs.ErrPermission), "make the folder writable"}, {syscall.EACCES, "make the folder writable"}, {syscall.EROFS, "make the folder writable"},
	} {
		if got := remedyOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
