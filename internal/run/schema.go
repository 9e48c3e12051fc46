package run

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed schema.json
var schemaJSON []byte

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:sgidcheck:run:v1", doc); err != nil {
		return nil, err
	}
	return c.Compile("urn:sgidcheck:run:v1")
})

// Validate says whether document is a valid record of the version in Schema.
// The error names the first places where it is not. Members that the schema
// does not know are no error: a later release may add some.
func Validate(document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return validateValue(value)
}

func validateValue(value any) error {
	schema, err := compiled()
	if err != nil {
		return fmt.Errorf("schema of the run record: %w", err)
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	const shown = 3
	var places []string
	printer := message.NewPrinter(language.English)
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && len(places) <= shown {
			places = append(places, fmt.Sprintf("at /%s: %s",
				strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(printer)))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	if len(places) > shown {
		places = append(places[:shown], "and more")
	}
	return errors.New(strings.Join(places, "; "))
}
