package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"
	"time"
)

func TestTheTestBinarysOwnBill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := write(w, self, "v1.2.3", time.Unix(1700000000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("twice the same program, and two documents")
	}
	var got document
	if err := json.Unmarshal(first.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Metadata.Component.Version != "v1.2.3" || got.Metadata.Timestamp != "2023-11-14T22:13:20Z" || len(got.Metadata.Component.Hashes) != 1 {
		t.Errorf("%+v", got.Metadata)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got.SerialNumber) {
		t.Errorf("serial number %s", got.SerialNumber)
	}
	if len(got.Components) == 0 || got.Components[0].Name != "std" || got.Components[0].Version == "" {
		t.Errorf("%+v", got.Components)
	}
}

func TestOnlyProgramsHaveABill(t *testing.T) {
	for _, file := range []string{"", "main.go", "no-such-file"} {
		if err := write(&bytes.Buffer{}, file, "", time.Time{}); err == nil {
			t.Errorf("%q has one", file)
		}
	}
}
