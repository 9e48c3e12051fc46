package config

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"sgidcheck/internal/redact"
)

// parseFile reads sgidcheck.yaml: one mapping from setting to value. Every
// problem is named with its line.
func (l *loader) parseFile(file string, body []byte) map[string]given {
	bad := func(line int, setting, problem, remedy string) {
		l.errors = append(l.errors, &Error{Setting: setting, Origin: fmt.Sprintf("%s line %d", file, line), Problem: problem, Remedy: remedy})
	}
	root, err := document(body)
	if err != nil {
		l.errors = append(l.errors, &Error{Setting: "config", Origin: file, Problem: "it is not YAML: " + redact.WithoutQuotes(strings.TrimPrefix(err.Error(), "yaml: ")), Remedy: "'sgidcheck init' writes a file to start from"})
		return nil
	}
	if root == nil {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		bad(root.Line, "config", "it is not a mapping of settings", "write one setting per line, such as issuer: https://api-stg.id.gov.sg/v2")
		return nil
	}
	out := map[string]given{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		s, ok := l.table.ByKey(key.Value)
		switch {
		case !ok:
			l.unknown(redact.NameOr(key.Value, "a key"), fmt.Sprintf("%s line %d", file, key.Line), didYouMean(key.Value, l.table.fileKeys()))
			continue
		case s.Once:
			bad(key.Line, key.Value, "it is of one call alone", "give it on the command line, as --"+s.Flag)
			continue
		case s.Secret:
			bad(key.Line, key.Value, "secrets do not belong in this file", "set "+s.Env[0]+", or name a file with "+strings.TrimSuffix(s.Key, "-pem")+map[bool]string{true: "", false: "-file"}[strings.HasSuffix(s.Key, "-pem")])
			continue
		}
		if _, twice := out[key.Value]; twice {
			bad(key.Line, key.Value, "it is set twice", "remove one of them")
			continue
		}
		origin := fmt.Sprintf("%s line %d", file, key.Line)
		g := given{setting: s, origin: origin}
		if s.Type == TypeSteps {
			l.c.LoginSteps = l.steps(file, value)
			for _, step := range l.c.LoginSteps {
				g.items = append(g.items, step.Action+" "+step.Target)
				g.raw += step.Target + "\n" + step.Value + "\n"
			}
			if len(g.items) > 0 {
				out[key.Value] = g
			}
			continue
		}
		items, ok := scalars(s, value)
		switch {
		case !ok:
			bad(value.Line, key.Value, "its value has the wrong type", "write "+form(s))
		case len(items) == 0 && s.Type == TypeList:
			// An empty list is written on purpose: it says that there are none.
		case value.Kind == yaml.SequenceNode && slices.ContainsFunc(items, func(item string) bool { return given{items: []string{item}, origin: origin}.blank() }):
			bad(value.Line, key.Value, "an element of the list is empty", "give it a value, or remove it")
		case value.Kind == yaml.SequenceNode && s.Type == TypeList:
			out[key.Value] = given{s, strings.Join(items, "\n"), trimmed(items), origin} // its members are apart already
		default:
			out[key.Value] = taken(s, items, origin)
		}
	}
	return out
}

// document is the one YAML document of a file; nil for an empty one.
func document(body []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(strings.NewReader(string(body)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("it holds more than one YAML document")
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	return root, nil
}

func (t Table) fileKeys() []string {
	var keys []string
	for _, s := range t {
		if !s.NoFile() {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// scalars takes a value, or the members of a list where the setting is one; of a
// null, nothing.
func scalars(s Setting, n *yaml.Node) ([]string, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil, true
		}
		return []string{n.Value}, true
	case yaml.SequenceNode:
		if s.Type != TypeList && s.Type != TypeScopes {
			return nil, false
		}
		var items []string
		for _, c := range n.Content {
			if c.Kind != yaml.ScalarNode || c.Tag == "!!null" {
				return nil, false
			}
			items = append(items, c.Value)
		}
		if s.Type == TypeScopes {
			return []string{strings.Join(items, " ")}, true
		}
		return items, true
	}
	return nil, false
}

func form(s Setting) string {
	switch s.Type {
	case TypeList:
		return "a list, or its elements separated by commas"
	case TypeScopes:
		return "scopes separated by spaces, such as openid myinfo.name"
	case TypeSteps:
		return "a list of steps, such as - click: text=Log in"
	}
	return "one value (" + string(s.Type) + ")"
}

var stepActions = []string{"fill", "click", "select", "press", "wait"}

// steps reads the list of a browser login's steps: mappings with one action and,
// for fill and select, a value.
func (l *loader) steps(file string, n *yaml.Node) []Step {
	bad := func(line int, problem, remedy string) {
		l.errors = append(l.errors, &Error{Setting: "login-steps", Origin: fmt.Sprintf("%s line %d", file, line), Problem: problem, Remedy: remedy})
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		bad(n.Line, "its value has the wrong type", "write "+form(Setting{Type: TypeSteps}))
		return nil
	}
	var out []Step
	for _, item := range n.Content {
		step := Step{Line: item.Line}
		if item.Kind != yaml.MappingNode {
			bad(item.Line, "a step is not a mapping", "write an action and what it acts on, such as - click: text=Log in")
			continue
		}
		hasValue := false
		for i := 0; i+1 < len(item.Content); i += 2 {
			key, value := item.Content[i], item.Content[i+1]
			switch {
			case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
				bad(value.Line, redact.NameOr(key.Value, "the action")+" has no scalar value", "write a CSS selector, text=VISIBLE TEXT or a key")
			case key.Value == "value":
				step.Value, hasValue = value.Value, true
			case slices.Contains(stepActions, key.Value) && step.Action == "":
				step.Action, step.Target = key.Value, value.Value
			case slices.Contains(stepActions, key.Value):
				bad(key.Line, fmt.Sprintf("a step has one action, and this one has %s and %s", step.Action, key.Value), "split it into two steps")
			default:
				bad(key.Line, "there is no action "+redact.NameOr(key.Value, "of that name"), didYouMean(key.Value, append([]string{"value"}, stepActions...)))
			}
		}
		needs := step.Action == "fill" || step.Action == "select"
		switch {
		case step.Action == "":
			bad(item.Line, "a step has no action", "the actions are "+strings.Join(stepActions, ", "))
		case step.Target == "":
			bad(item.Line, step.Action+" has no target", "write a CSS selector or text=VISIBLE TEXT")
		case needs && !hasValue:
			bad(item.Line, step.Action+" has no value", "add value: to the step; $PERSONA stands for the persona's name")
		case !needs && hasValue:
			bad(item.Line, step.Action+" does not take a value", "remove it")
		default:
			out = append(out, step)
		}
	}
	return out
}
