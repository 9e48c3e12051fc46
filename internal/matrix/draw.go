package matrix

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"sgidcheck/internal/layout"
)

// Table writes the report for a terminal of so many columns (0: of any): the count,
// and what did not come out well; with all, every fault and variant before it.
func (r *Report) Table(w io.Writer, columns int, all bool) error {
	faults := [][]string{{"OUTCOME", "FAULT", "MADE FOR", "REMARK"}}
	if all || r.Control.Outcome != Caught {
		faults = append(faults, []string{control(r.Control), "(none: the control)", "", remark(r.Control)})
	}
	for _, wanted := range []Outcome{Broken, Missed, Collateral, Caught} {
		for _, f := range r.Results {
			if f.Outcome == wanted && (all || wanted != Caught) {
				faults = append(faults, []string{string(f.Outcome), f.Name, strings.Join(f.Checks, " "), remark(f)})
			}
		}
	}
	variants := [][]string{{"OUTCOME", "VARIANT", "WARNS, AS LISTED", "REMARK"}}
	for _, wanted := range []Outcome{Broken, Blamed, Unsure, Held} {
		for _, v := range r.Variants {
			if v.Outcome == wanted && (all || wanted != Held) {
				variants = append(variants, []string{string(v.Outcome), v.Variant, strings.Join(v.Warned, " "), variantRemark(v)})
			}
		}
	}
	for _, rows := range [][][]string{faults, variants} {
		if len(rows) < 2 {
			continue
		}
		if err := layout.Table(w, columns, rows); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintln(w, layout.Message("", r.Sentence(), columns))
	return err
}

func control(c Result) string {
	if c.Outcome == Caught {
		return "clean"
	}
	return "not clean"
}

// Sentence is the report in one line.
func (r *Report) Sentence() string {
	return fmt.Sprintf("%d of %d faults caught, by %d checks; %d missed, %d with undeclared failures, %d broken; control %s; every check holds on %d of %d variants; %d tried twice; %.0f s",
		r.Count(Caught), len(r.Results), len(r.Checks()), r.Count(Missed), r.Count(Collateral), r.Count(Broken),
		control(r.Control), r.CountVariants(Held), len(r.Variants), r.Repeated(), r.Finished.Sub(r.Started).Seconds())
}

// Figures is what a document says of the report: the counts without the time.
func (r *Report) Figures() string {
	command, kind := "selftest", "faults"
	if r.Command != "" {
		command, kind = r.Command, "flaws"
	}
	return fmt.Sprintf("`sgidcheck %s`: %d of %d %s caught, by %d checks; %d missed, %d with undeclared failures; control %s; every check holds on %d of %d variants.",
		command, r.Count(Caught), len(r.Results), kind, len(r.Checks()), r.Count(Missed)+r.Count(Broken), r.Count(Collateral), control(r.Control),
		r.CountVariants(Held), len(r.Variants))
}

func remark(f Result) string {
	var parts []string
	if f.Problem != "" {
		parts = append(parts, f.Problem)
	}
	if len(f.Missed) > 0 {
		parts = append(parts, "missed by "+strings.Join(f.Missed, " "))
	}
	if len(f.Unlisted) > 0 {
		parts = append(parts, "also fails "+strings.Join(f.Unlisted, " "))
	}
	return strings.Join(parts, "; ")
}

func variantRemark(v VariantResult) string {
	var parts []string
	if v.Problem != "" {
		parts = append(parts, v.Problem)
	}
	for word, ids := range map[string][]string{"blamed by ": v.Blamed, "blocks ": v.Blocked, "skips ": v.Skipped} {
		if len(ids) > 0 {
			parts = append(parts, word+strings.Join(ids, " "))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// JSON writes the report as one indented document.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

//go:embed page.html
var pageFile embed.FS

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{"join": strings.Join, "remark": remark, "variantRemark": variantRemark, "control": control}).ParseFS(pageFile, "page.html"))

// HTML writes the report as one self-contained page.
func (r *Report) HTML(w io.Writer) error { return page.Execute(w, r) }
