// Package redact keeps secrets and personal data out of records and messages:
// it learns values as they pass, and replaces them, and what has the form of a
// secret, by labels.
package redact
