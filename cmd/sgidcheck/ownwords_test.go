package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
)

// codeTable are values of Myinfo's code tables that are words of English.
var codeTable = []string{"SINGLE", "MARRIED", "WIDOWED", "DIVORCED", "MALE", "FEMALE", "UNKNOWN", "LIVE", "CITIZEN", "ALIEN", "OTHER", "OTHERS",
	"PRIVATE", "PUBLIC", "ACTIVE", "VALID", "INVALID", "EXPIRED", "CURRENT", "NORMAL", "NONE", "OWNER", "TENANT", "STUDENT", "EMPLOYED", "TRUE",
	"FALSE", "OPEN", "RESIDENT", "PERSON", "PERMANENT", "TEMPORARY"}

// No sentence that the harness may write of a check or a load is changed
// because a person's data is one of its words.
func TestNoSentenceOfTheHarnessIsRedacted(t *testing.T) {
	r := redact.New()
	r.OwnWords(ownTexts()...)
	for _, v := range codeTable {
		r.Learn(redact.KindPersonal, v)
	}
	for _, p := range provider.Personas() {
		for _, v := range p.Data {
			r.Learn(redact.KindPersonal, v)
		}
	}
	sentences := 0
	catalogue := strings.Join(ownTexts(), "\n") // told as it stands
	hold := func(where, text string) {
		sentences++
		if got := r.Sentence(text); strings.Contains(got, "[redacted personal") {
			t.Errorf("%s: %q becomes %q", where, text, got)
		}
	}
	for _, c := range judge.Catalogue() {
		for _, name := range c.Cases {
			hold(c.ID, name+": status 200 with text/html")
			hold(c.ID, "another, "+name+": status 200")
		}
	}
	for _, room := range []string{"suites", "browser", "loadtest", "internal/judge", "internal/sgid", "internal/client", "internal/config", "internal/doctor", "internal/exchange", "internal/login", "internal/redact", "internal/rp"} {
		files, err := filepath.Glob(filepath.Join("..", "..", room, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", room, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					return false
				}
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value)
					// Scripts, patterns and markup are no sentences; keys are spoken of before a run, and to a person nothing is redacted.
					if name := filepath.Base(file); name == "privatekey.go" || name == "interactive.go" || strings.Contains(catalogue, text) {
						return true
					}
					if strings.Contains(text, " ") && !strings.ContainsAny(text, "<>{}=\\_") && text != strings.ToUpper(text) {
						hold(filepath.Base(file), text)
					}
				}
				return true
			})
		}
	}
	if sentences < 2000 {
		t.Errorf("only %d sentences were looked at", sentences)
	}
}
