package cookie

import "testing"

func TestGoesTo(t *testing.T) {
	for _, tt := range []struct {
		path, asked string
		want        bool
	}{
		{"/", "/me", true}, {"/auth", "/auth/callback", true}, {"/auth", "/authors", false}, {"/auth/refresh", "/me", false}, {"", "/me", true},
	} {
		if got := (Cookie{Path: tt.path}).GoesTo(tt.asked); got != tt.want {
			t.Errorf("Path %q, %s: %v", tt.path, tt.asked, got)
		}
	}
}
