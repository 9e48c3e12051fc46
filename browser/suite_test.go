package browser_test

import (
	"context"
	"testing"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/rig"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

// TestProvider runs the specs against the embedded provider, or against the
// target that SGID_ISSUER, the other variables and sgidcheck.yaml name.
func TestProvider(t *testing.T) {
	RegisterFailHandler(Fail)
	var campaign *judge.Campaign
	BeforeSuite(func() {
		settings, err := config.Load(nil)
		Expect(err).NotTo(HaveOccurred())
		for _, w := range settings.Warnings {
			t.Log("warning: " + w)
		}
		path, err := browser.Find(settings.Chrome)
		Expect(err).NotTo(HaveOccurred())
		r, err := rig.Open(context.Background(), settings, rig.Options{Suites: []rig.Opener{browser.On(path, nil)}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(r.Close)
		campaign = r.Campaign()
	})
	texts := map[string]bool{}
	ReportAfterSuite("the specs that there are", func(r Report) {
		for _, s := range r.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
			texts[s.LeafNodeText] = true
		}
	})
	RunSpecs(t, "sgID provider in a browser", AroundNode(func(ctx context.Context) context.Context { return campaign.Within(ctx) }))
	checks := judge.Catalogue()
	if len(texts) != len(checks) {
		t.Errorf("%d specs, and %d checks", len(texts), len(checks))
	}
	for _, c := range checks {
		if !texts[c.ID+" "+c.Title] {
			t.Errorf("there is no spec %q", c.ID+" "+c.Title)
		}
	}
}
