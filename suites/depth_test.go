package suites

import (
	"net/http"
	"strings"
	"testing"
)

func TestABodyThatIsNestedTooDeep(t *testing.T) {
	s, err := loadSchemas(nil)
	if err != nil {
		t.Fatal(err)
	}
	deep := `{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"
	if got := s.problems(userinfo, http.StatusOK, []byte(deep)); got != "the body is nested deeper than 32 levels" {
		t.Errorf("%q", got)
	}
	if got := tellingValues(deep); len(got) != 1 || got[0] != deep {
		t.Errorf("%d values of a text that is no data of a person", len(got))
	}
}
