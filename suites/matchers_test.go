package suites

import "testing"

// A token is given away whatever else the response lacks, and whatever its status.
func TestATokenIsSeenInAnyResponse(t *testing.T) {
	for body, holdsNone := range map[string]bool{
		`{"error":"invalid_client"}`:                  true,
		`{"access_token":"","id_token":""}`:           true,
		`not JSON`:                                    true,
		`{"access_token":"x","id_token":"y"}`:         false,
		`{"access_token":"x"}`:                        false,
		`{"id_token":"y","error":"invalid_client"}`:   false,
		`{"access_token":"x","expires_in":"3600"}`:    false,
		`{"access_token":"x","id_token":["a","b"]}`:   false,
		`{"access_token":"x","token_type":{"a":"b"}}`: false,
	} {
		if matched, err := HoldNoToken().Match(answering(401, body)); err != nil || matched != holdsNone {
			t.Errorf("%s: holds no token %t (%v), want %t", body, matched, err, holdsNone)
		}
	}
}
