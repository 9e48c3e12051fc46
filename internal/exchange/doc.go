// Package target is the provider under test as the harness meets it: the
// configuration, the relying parties' credentials, the HTTP client that records
// every exchange, the redaction that keeps secrets out of the record, and the
// login drivers that obtain authorization codes.
//
// Whatever a target answers is hostile until shown otherwise: sizes, times,
// redirects and decompression are bounded here, once, for everybody.
package exchange
