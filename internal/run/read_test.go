package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeptRecordsOfEveryVersionAreRead(t *testing.T) {
	for _, version := range Versions() {
		name := strings.TrimPrefix(version, "sgidcheck.run/") + ".json"
		t.Run(name, func(t *testing.T) {
			r, err := Read(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if r.Schema != Schema || r.Verdict != RunFail || len(r.Checks) == 0 {
				t.Fatalf("schema %q, verdict %q, %d checks", r.Schema, r.Verdict, len(r.Checks))
			}
			c := r.Checks[0]
			if c.ID != "TOKEN-05" || c.Verdict != Fail || c.Exchanges[0].Response.Status != 200 {
				t.Errorf("first check came out as %+v", c)
			}
			last := c.Exchanges[0].Request.Headers[len(c.Exchanges[0].Request.Headers)-1]
			if last != (Header{"Content-Type", "application/x-www-form-urlencoded"}) {
				t.Errorf("last request header came out as %+v", last)
			}
			document, err := Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := Validate(document); err != nil {
				t.Errorf("written again: %v", err)
			}
		})
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"newer version":     {`{"schema":"sgidcheck.run/v9"}`, "does not know"},
		"another document":  {`{"schema":"other/v1"}`, "not a run record"},
		"no schema":         {`{}`, "not a run record"},
		"an array":          {`[]`, "not an object"},
		"HTML":              {`<!doctype html>`, "not JSON"},
		"cut off":           {`{"schema":"sgidcheck.run/v1","checks":[`, "not JSON"},
		"two documents":     {`{"schema":"sgidcheck.run/v1"}{}`, "not JSON"},
		"empty":             {"\n", "empty"},
		"members missing":   {`{"schema":"sgidcheck.run/v1"}`, "not a valid run record"},
		"old and malformed": {`{"schema":"sgidcheck.run/v0","checks":{}}`, "v0"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.json")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error with the file's name and %q", err, c.want)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		folder := t.TempDir()
		_, err := Read(folder)
		if err == nil || !strings.Contains(err.Error(), filepath.Join(folder, FileName)) {
			t.Errorf("got %v, want an error that names the file looked for", err)
		}
	})
}

func TestReadTakesTheFolder(t *testing.T) {
	folder := t.TempDir()
	document, err := Encode(full())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, FileName), document, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(folder); err != nil {
		t.Error(err)
	}
}
