package suites

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"sgidcheck/internal/nesting"
)

//go:embed openapi.yaml
var embeddedOpenAPI []byte

// schemas are the response schemas of the five endpoints.
type schemas struct {
	byEndpoint map[string]*openapi3.Operation
}

// endpointPaths are the ends of the documented paths, by which an endpoint is
// found in any OpenAPI document, whatever prefix its paths carry.
var endpointPaths = map[string]struct{ suffix, method string }{
	"discovery":   {"/.well-known/openid-configuration", http.MethodGet},
	jwks:          {"/.well-known/jwks.json", http.MethodGet},
	authorization: {"/oauth/authorize", http.MethodGet},
	token:         {"/oauth/token", http.MethodPost},
	userinfo:      {"/oauth/userinfo", http.MethodGet},
}

// embeddedSchemas are those of the embedded document. Nothing writes to them when they
// have been read, and a process that makes many campaigns reads them once.
var embeddedSchemas = sync.OnceValues(func() (*schemas, error) { return readSchemas(embeddedOpenAPI) })

// loadSchemas reads an OpenAPI 3 document; nil stands for the embedded one.
// It returns an error where the document is invalid or lacks an endpoint.
func loadSchemas(document []byte) (*schemas, error) {
	if document == nil {
		return embeddedSchemas()
	}
	return readSchemas(document)
}

func readSchemas(document []byte) (*schemas, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document cannot be read: %w", err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, fmt.Errorf("the OpenAPI document is not valid: %w", err)
	}
	s := &schemas{byEndpoint: map[string]*openapi3.Operation{}}
	for name, want := range endpointPaths {
		for path, item := range doc.Paths.Map() {
			if op := item.GetOperation(want.method); op != nil && strings.HasSuffix(path, want.suffix) {
				s.byEndpoint[name] = op
			}
		}
		if s.byEndpoint[name] == nil {
			return nil, fmt.Errorf("the OpenAPI document has no %s on a path that ends in %s", want.method, want.suffix)
		}
	}
	return s, nil
}

// problems says how a JSON body departs from the schema that the endpoint has
// for the status; empty: not at all.
func (s *schemas) problems(endpoint string, status int, body []byte) string {
	op := s.byEndpoint[endpoint]
	if op == nil || op.Responses == nil {
		return "the OpenAPI document describes no response of this endpoint"
	}
	response := op.Responses.Value(strconv.Itoa(status))
	if response == nil {
		response = op.Responses.Default()
	}
	if response == nil || response.Value == nil {
		return fmt.Sprintf("the OpenAPI document describes no response with status %d", status)
	}
	media := response.Value.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return fmt.Sprintf("the OpenAPI document has no JSON schema for status %d", status)
	}
	if err := nesting.JSON(body); err != nil {
		return "the body is " + err.Error()
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return "the body is not JSON"
	}
	err := media.Schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse())
	return strings.Join(schemaErrors(err), "; ")
}

// schemaErrors lists what a schema found wrong, without the values it looked
// at: they may be secrets.
func schemaErrors(err error) []string {
	if err == nil {
		return nil
	}
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var out []string
		for _, one := range many {
			out = append(out, schemaErrors(one)...)
		}
		return out
	}
	var one *openapi3.SchemaError
	if errors.As(err, &one) {
		place := "/" + strings.Join(one.JSONPointer(), "/")
		return []string{place + ": " + one.Reason}
	}
	return []string{"the body does not match the schema"}
}
