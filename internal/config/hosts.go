package config

import (
	"net/url"
	"slices"

	"sgidcheck/internal/client"
	"sgidcheck/internal/sgid"
)

// Allows says that the host, with or without a port, is one of AllowHosts.
func (c *Config) Allows(host string) bool {
	name, err := client.HostName(host)
	return err == nil && slices.ContainsFunc(c.AllowHosts, func(allowed string) bool {
		a, err := client.HostName(allowed)
		return err == nil && a == name
	})
}

// production refuses to allow production, which serves the people of Singapore: it
// is put under no load, and reached over plain http never.
func (l *loader) production() {
	u, err := url.Parse(sgid.OriginProduction)
	if err == nil && l.c.Allows(u.Host) {
		l.wrong(l.given("allow-host"), u.Host+" is production and cannot be allowed", "name a host for tests, or leave it out")
	}
}
