package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sgidcheck/internal/nesting"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FileName is the record's name in a run's output folder.
const FileName = "run.json"

// MaxSize is the size in bytes above which a record is not read. A run of
// thousands of exchanges stays far below it.
const MaxSize = 512 << 20

// Read reads the record in the file path, or in path/run.json where path is a
// folder. A record of an older version is raised to the present one. The error
// names the file and says what is wrong with it.
func Read(path string) (*Record, error) {
	name := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		name = filepath.Join(path, FileName)
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file; give a run record or a folder that holds %s", name, FileName)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	document, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r, err := Decode(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// Decode reads a record from its JSON form, as Read does from a file.
func Decode(document []byte) (*Record, error) {
	if len(document) > MaxSize {
		return nil, fmt.Errorf("larger than %d MiB, which no run record is", MaxSize>>20)
	}
	document = bytes.TrimPrefix(document, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(document)) == 0 {
		return nil, errors.New("the file is empty")
	}
	if err := nesting.JSON(document); err != nil {
		return nil, fmt.Errorf("not a run record: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not a run record: the JSON is not an object")
	}
	raised, err := upgrade(object)
	if err != nil {
		return nil, err
	}
	if err := validateValue(object); err != nil {
		return nil, fmt.Errorf("not a valid run record: %w", err)
	}
	if raised {
		if document, err = json.Marshal(object); err != nil {
			return nil, err
		}
	}
	r := new(Record)
	if err := json.Unmarshal(document, r); err != nil {
		return nil, fmt.Errorf("not a valid run record: %w", err)
	}
	return r, nil
}

// Encode returns the JSON form of a record, one check a line.
func Encode(r *Record) ([]byte, error) {
	whole := *r
	whole.Checks = slices.Clone(r.Checks)
	whole.fill()
	var checks [][]byte
	for i := range whole.Checks {
		encoded, err := encode(&whole.Checks[i])
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", whole.Checks[i].ID, err)
		}
		checks = append(checks, encoded)
	}
	return splice(&whole, checks)
}

// encode is json.Marshal without the escapes that are only of use inside HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// splice encodes head and puts the encoded checks into it.
func splice(head *Record, checks [][]byte) ([]byte, error) {
	bare := *head
	bare.Checks = []Check{}
	encoded, err := encode(&bare)
	if err != nil {
		return nil, err
	}
	// Inside a JSON string each quote has a backslash before it, so that these
	// bytes can only be the member itself.
	before, after, _ := bytes.Cut(encoded, []byte(`"checks":[]`))
	size := len(encoded) + 8
	for _, c := range checks {
		size += len(c) + 2
	}
	out := make([]byte, 0, size)
	out = append(out, before...)
	out = append(out, "\n\"checks\":["...)
	for i, c := range checks {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '\n')
		out = append(out, c...)
	}
	out = append(out, ']')
	out = append(out, after...)
	return append(out, '\n'), nil
}

// Versions lists the versions of the schema that can be read, oldest first.
func Versions() []string {
	var versions []string
	for _, u := range upgrades {
		versions = append(versions, u.from)
	}
	return append(versions, Schema)
}

// upgrade raises a record of an older version, in place, one version at a time.
func upgrade(record map[string]any) (raised bool, err error) {
	version, _ := record["schema"].(string)
	if !strings.HasPrefix(version, "sgidcheck.run/") {
		return false, fmt.Errorf(`not a run record: member "schema" is not one of %s`, strings.Join(Versions(), ", "))
	}
	for _, u := range upgrades {
		if version == u.from {
			if err := u.raise(record); err != nil {
				return false, fmt.Errorf("raising the record from %s to %s: %w", u.from, u.to, err)
			}
			version, raised = u.to, true
			record["schema"] = version
		}
	}
	if version != Schema {
		return false, fmt.Errorf("the record has schema %q, which this version of the program does not know (it reads %s); use the program that wrote it, or a newer one",
			version, strings.Join(Versions(), ", "))
	}
	return raised, nil
}
