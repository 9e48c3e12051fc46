// Package encoded looks into what texts are encodings of: base64 and hexadecimal,
// also of what was compressed before, and the escapes of addresses, JSON and HTML.
// It finds what programs hide by accident, in bounded time and memory; it is no
// match for whoever hides something on purpose.
package encoded
