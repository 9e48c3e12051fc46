package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// mutant is one place in a source file with one operator changed.
type mutant struct {
	pkg      *pkg
	file     string // as the compiler names it: absolute
	at       token.Position
	from, to int // the bytes of file that text replaces
	text     string
	key      string // function and change; names the mutant in its package wherever its line moves
}

// String names the place, the function and the change.
func (m *mutant) String() string {
	name := m.file
	if here, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(here, m.file); err == nil {
			name = filepath.ToSlash(relative)
		}
	}
	return fmt.Sprintf("%s:%d:%d %s", name, m.at.Line, m.at.Column, m.key)
}

// replacements are what an operator is replaced with: the inverse, and the
// neighbour at the boundary.
var replacements = map[token.Token][]token.Token{
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
	token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
	token.MUL_ASSIGN: {token.QUO_ASSIGN}, token.QUO_ASSIGN: {token.MUL_ASSIGN},
	token.OR_ASSIGN: {token.AND_ASSIGN}, token.AND_ASSIGN: {token.OR_ASSIGN},
	token.INC: {token.DEC}, token.DEC: {token.INC},
}

// mutantsOf returns the mutants of a source file in the order of the source.
func mutantsOf(p *pkg, file string, source []byte) ([]*mutant, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &scan{pkg: p, file: file, source: source, set: set, keys: map[string]int{}}
	for _, d := range parsed.Decls {
		s.function = ""
		if f, ok := d.(*ast.FuncDecl); ok {
			s.function = functionName(f)
		}
		ast.Inspect(d, s.node)
	}
	return s.found, nil
}

func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	for {
		switch t := receiver.(type) {
		case *ast.StarExpr:
			receiver = t.X
		case *ast.IndexExpr:
			receiver = t.X
		case *ast.IndexListExpr:
			receiver = t.X
		case *ast.Ident:
			return t.Name + "." + f.Name.Name
		default:
			return f.Name.Name
		}
	}
}

// scan walks one file.
type scan struct {
	pkg      *pkg
	file     string
	source   []byte
	set      *token.FileSet
	function string         // Type.Method, Function, or empty outside of one
	keys     map[string]int // how often each was met
	found    []*mutant
}

func (s *scan) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.ADD && hasText(n) {
			break // a concatenation
		}
		s.operator(n, n.OpPos, n.Op)
	case *ast.AssignStmt:
		if n.Tok == token.ADD_ASSIGN && hasText(n.Rhs[0]) {
			break
		}
		s.operator(n, n.TokPos, n.Tok)
	case *ast.IncDecStmt:
		s.operator(n, n.TokPos, n.Tok)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			s.add(n, n.OpPos, n.X.Pos(), "")
		}
	case *ast.IfStmt:
		switch n.Cond.(type) {
		case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
			s.add(n.Cond, n.Cond.Pos(), n.Cond.Pos(), "!")
		}
	}
	return true
}

func (s *scan) operator(whole ast.Node, at token.Pos, op token.Token) {
	for _, other := range replacements[op] {
		s.add(whole, at, at+token.Pos(len(op.String())), other.String())
	}
}

func (s *scan) add(whole ast.Node, from, to token.Pos, text string) {
	offset := func(p token.Pos) int { return s.set.Position(p).Offset }
	start, end := offset(whole.Pos()), offset(whole.End())
	a, b := offset(from), offset(to)
	before := oneLine(string(s.source[start:end]))
	after := oneLine(string(s.source[start:a]) + text + string(s.source[b:end]))
	key := s.function + ": " + before + " => " + after
	if s.keys[key]++; s.keys[key] > 1 {
		key += fmt.Sprintf(" (%d)", s.keys[key])
	}
	s.found = append(s.found, &mutant{pkg: s.pkg, file: s.file, at: s.set.Position(from), from: a, to: b, text: text, key: key})
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// hasText says whether a string literal is part of an operand.
func hasText(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr, *ast.IndexExpr:
			return false
		case *ast.BasicLit:
			found = found || n.Kind == token.STRING
		}
		return !found
	})
	return found
}
