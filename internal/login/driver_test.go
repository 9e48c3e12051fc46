package login

import (
	"fmt"
	"net/url"
	"testing"
)

func TestQueryThatIsBroken(t *testing.T) {
	if got := parseQuery("a=%zz&b=1&&c&b=2=3"); fmt.Sprint(got) != fmt.Sprint(url.Values{"a": {"%zz"}, "b": {"1", "2=3"}, "c": {""}}) {
		t.Errorf("%v", got)
	}
	for _, l := range []*Response{nil, {Kind: ResponseElsewhere, Params: url.Values{"code": {"c"}}}} {
		if l.Code() != "" {
			t.Errorf("%+v has a code", l)
		}
	}
}
