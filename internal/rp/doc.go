// Package rp is a relying party as sgID knows it: it prepares an authorization
// request with a fresh PKCE pair, state and nonce, runs the login through a
// driver, redeems the code and asks for the user's data.
package rp
