package suites_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/selftest"
	"sgidcheck/suites"

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
		flag.Set("test.run", "^TestProvider$")
	}
	os.Exit(m.Run())
}

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
		r, err := rig.Open(context.Background(), settings, rig.Options{Suites: []rig.Opener{suites.On}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(r.Close)
		campaign = r.Campaign()
	})
	specs := map[string][]string{}
	ReportAfterSuite("the specs that there are", func(r Report) {
		for _, s := range r.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
			specs[s.LeafNodeText] = s.Labels()
		}
	})
	RunSpecs(t, "sgID provider", AroundNode(func(ctx context.Context) context.Context { return campaign.Within(ctx) }))
	everyCheckIsASpec(t, specs)
}

// everyCheckIsASpec compares the specs, by text, with the catalogue: each is
// named by its check's ID and title, and labelled.
func everyCheckIsASpec(t *testing.T, specs map[string][]string) {
	checks := judge.Catalogue()
	if len(specs) != len(checks) {
		t.Errorf("%d specs, and %d checks", len(specs), len(checks))
	}
	for _, c := range checks {
		labels, there := specs[c.ID+" "+c.Title]
		if !there {
			t.Errorf("no spec is called %q: the text of ginkgo.It is the check's ID and its Title, word for word", c.ID+" "+c.Title)
			continue
		}
		if want := []string{c.Area(), c.ID, string(c.Level)}; strings.Join(labels, " ") != strings.Join(want, " ") {
			t.Errorf("%s %s: a spec of that name has the labels %v, want %v", c.ID, c.Title, labels, want)
		}
	}
}

// TestEveryFault proves the faults that need no browser; sgidcheck selftest
// proves them all. Where -run does not name it, it tries one fault an area:
// go test ./suites -run EveryFault/code-reusable.
func TestEveryFault(t *testing.T) {
	trials, err := selftest.New(suites.On)
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Contains(flag.Lookup("test.run").Value.String(), "EveryFault")
	tried := map[string]bool{}
	for _, f := range provider.Faults() {
		if selftest.NeedsBrowser(f) {
			continue
		}
		area, _, _ := strings.Cut(f.Checks[0], "-")
		if tried[area] && !asked {
			continue
		}
		tried[area] = true
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if got := trials.Fault(t.Context(), f); got.Outcome != matrix.Caught {
				t.Errorf("%s: failed %v, missed %v, not listed %v %s", got.Outcome, got.Failed, got.Missed, got.Unlisted, got.Problem)
			}
		})
	}
}
