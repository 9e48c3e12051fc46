package rp_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

// Where Ginkgo's own command runs this package, it runs the specs alone.
func TestMain(m *testing.M) {
	flag.Parse()
	byGinkgo, chosen := false, false
	flag.Visit(func(f *flag.Flag) {
		byGinkgo = byGinkgo || strings.HasPrefix(f.Name, "ginkgo.")
		chosen = chosen || f.Name == "test.run"
	})
	if byGinkgo && !chosen {
		flag.Set("test.run", "^TestApplication$")
	}
	os.Exit(m.Run())
}

// TestApplication runs the specs against the demo application; another one is
// judged by `sgidcheck rp`.
func TestApplication(t *testing.T) {
	RegisterFailHandler(Fail)
	var campaign *judge.Campaign
	BeforeSuite(func() {
		trials, err := proof.New()
		Expect(err).NotTo(HaveOccurred())
		checks, end, err := trials.Open(context.Background(), demoapp.Options{}, false)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(end)
		Expect(checks.Learn(context.Background())).To(Succeed())
		campaign = &judge.Campaign{Plan: judge.Plan(judge.Choice{Areas: []string{run.AreaRP}}), Body: checks.Body, NoEvidence: true}
	})
	specs := map[string][]string{}
	ReportAfterSuite("the specs that there are", func(r Report) {
		for _, s := range r.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
			specs[s.LeafNodeText] = s.Labels()
		}
	})
	RunSpecs(t, "relying party", AroundNode(func(ctx context.Context) context.Context { return campaign.Within(ctx) }))
	for _, c := range judge.CatalogueOf(run.AreaRP) {
		labels := specs[c.ID+" "+c.Title]
		if want := []string{c.Area(), c.ID, string(c.Level)}; strings.Join(labels, " ") != strings.Join(want, " ") {
			t.Errorf("%s %s: a spec of that name has the labels %v, want %v", c.ID, c.Title, labels, want)
		}
	}
}
