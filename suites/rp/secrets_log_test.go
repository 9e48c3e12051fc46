package rp

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// A log is searched to its end, line by line, also in what is encoded there, and
// whatever stands before.
func TestSecretsInALongLog(t *testing.T) {
	sought := []secret{{"long", "", "c3b5e1f0-token-of-a-login"}, {"short", "", "S879"}, {"absent", "", "c3b5e1f0-token-of-another"}}
	noise := strings.Repeat("GET /me 200 "+base64.StdEncoding.EncodeToString([]byte(`{"page":"me","trace":"0af7651916cd43dd8448eb211c80319c"}`))+"\n", 20000)
	encoded := base64.StdEncoding.EncodeToString([]byte(`{"access_token":"c3b5e1f0-token-of-a-login","nric":"S879"}`))
	texts := linesTogether(noise + "session " + encoded)
	if strings.Join(texts, "") != noise+"session "+encoded || len(texts) < 2 {
		t.Fatalf("%d texts are not the log", len(texts))
	}
	there, whole := standing(texts, 2, sought)
	if !whole || len(there) != 2 || !slices.Contains(there, sought[0]) || !slices.Contains(there, sought[1]) {
		t.Errorf("%v, whole: %v", there, whole)
	}
	if there, _ := standing(linesTogether(noise), 2, sought); len(there) > 0 {
		t.Errorf("%v", there)
	}
}
