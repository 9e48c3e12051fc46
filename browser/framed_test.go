package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// A page that its script draws after it has loaded renders in a frame all the same,
// be it a picture alone; one that shows nothing there does not.
func TestAPageThatIsDrawnLateIsSeenInAFrame(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   run.Verdict
	}{
		"late":           {`setTimeout(draw, 900)`, run.Fail},
		"never in frame": {`if (top === self) draw()`, run.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprintf(w, `<!doctype html><title>Scan</title><body><script>
function draw() { document.body.innerHTML = '<canvas width=200 height=200></canvas>' }
%s</script>`, c.script)
			}))
			t.Cleanup(page.CloseClientConnections)
			tr, _ := againstPerson(t, provider.Options{}, "BROW-05")
			tr.campaign.endpoints = &sgid.Endpoints{Authorization: page.URL + "/authorize"}
			if got := tr.judged(tr.plan)[0]; got.Verdict != c.want {
				t.Errorf("%s: %s %s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}
