package nearest

import "testing"

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		wrote    string
		known    []string
		want     string
		distance int
	}{
		{"conformace", []string{"browser", "conformance"}, "conformance", 1},
		{"TOKN-05", []string{"token-05", "token-06"}, "token-05", 1},
		{"ab", []string{"ax", "ay"}, "ax", 1},
		{"same", []string{"other", "same"}, "same", 0},
		{"x", nil, "", 0},
	} {
		if got, distance := Of(tt.wrote, tt.known); got != tt.want || distance != tt.distance {
			t.Errorf("%s: %q at %d, want %q at %d", tt.wrote, got, distance, tt.want, tt.distance)
		}
	}
}
