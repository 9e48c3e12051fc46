// Package config is every setting of a run, from flags, environment and file:
// the table of settings, the credentials of the relying parties, the waivers.
// What is wrong is named all at once, before anything is sent.
package config
