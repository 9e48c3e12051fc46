// Package nesting bounds how deep what a target, a file or a page says may be
// nested, before anything is built of it.
package nesting

import "fmt"

// Max is how many arrays and objects may stand in one another. The deepest
// document of the protocol, and the deepest run record, stay under ten.
const Max = 32

// JSON returns an error where arrays and objects of the text are nested deeper
// than Max. It goes over the text once and builds nothing; whether the text is
// well-formed otherwise is not its business.
func JSON(text []byte) error {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			if depth++; depth > Max {
				return fmt.Errorf("nested deeper than %d levels", Max)
			}
		case ']', '}':
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
	}
	return nil
}
