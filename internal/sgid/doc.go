// Package sgid is the sgID v2 protocol as a relying party sees it: provider
// metadata, PKCE, the authorize URL, the token exchange, ID token verification,
// userinfo, and the decryption of the data in it.
//
// It sends nothing. What it parses comes from a target that is not trusted, so
// every parser is strict (one JSON object, no member twice, nothing behind it),
// bounded in size and depth, and says precisely what is wrong. No error holds a
// key, a token or a decrypted value.
package sgid
