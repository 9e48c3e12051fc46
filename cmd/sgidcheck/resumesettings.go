package main

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// fixed are the settings that stay as they were when a run is resumed, because they
// say which target is reached, and as whom.
func fixed(kind string) []string {
	if kind == "embedded" {
		return []string{"embedded-tls"}
	}
	return []string{"resolve", "client-id", "redirect-uri", "scopes", "second-client-id", "second-redirect-uri", "second-scopes"}
}

// sameSettings is an error where a setting that has to stay does not: it names the
// setting, and both values. What is not known of then or now is not compared.
func sameSettings(kind string, then, now []run.Setting) error {
	for _, key := range fixed(kind) {
		was, known := inForce(then, key)
		is, stands := inForce(now, key)
		if known && stands && meaning(key, was.Value) != meaning(key, is.Value) {
			return fmt.Errorf("that run had %s, and this would have %s; set %s as it was, or start a new run without --resume", set(was), set(is), key)
		}
	}
	return nil
}

// sameKeys is an error where a client has another private key than then. Keys are known
// by their thumbprints; what is not known of then or now is not compared. A client
// secret has none: one that is short could be guessed from it.
func sameKeys(then, now []string) error {
	for i, key := range []string{"private-key", "second-private-key"} {
		if i < min(len(then), len(now)) && then[i] != now[i] {
			return fmt.Errorf("that run had another %s: the thumbprint of its public key is %s, and this would have %s; set %s as it was, or start a new run without --resume", key, then[i], now[i], key)
		}
	}
	return nil
}

// inForce is the setting of that key, with the value that it has where nobody set it;
// known is false where the record does not say, or masks, what that was.
func inForce(settings []run.Setting, key string) (s run.Setting, known bool) {
	i := slices.IndexFunc(settings, func(s run.Setting) bool { return s.Name == key })
	if i < 0 {
		return s, false
	}
	s = settings[i]
	switch {
	case s.Masked():
		return s, false
	case s.Value != "" || key == "resolve":
		return s, true
	case key == "scopes":
		s.Value = strings.Join(config.UnsetScopes(), " ")
		return s, true
	}
	return s, false
}

// meaning is one spelling for all values of a setting that mean the same.
func meaning(key, value string) string {
	switch strings.TrimPrefix(key, "second-") {
	case "scopes":
		return strings.Join(slices.Sorted(slices.Values(config.ScopeList(value))), " ")
	case "resolve":
		leads := map[string]string{} // a later entry for a name takes the place of an earlier one
		for entry := range strings.SplitSeq(value, ",") {
			if from, to, err := client.ParseResolve(strings.TrimSpace(entry)); err == nil {
				leads[from] = address(to)
			}
		}
		return fmt.Sprint(leads) // in the order of its keys
	case "embedded-tls":
		return fmt.Sprint(isTrue(value))
	}
	return strings.TrimSpace(value)
}

// address is one spelling of an IP address with or without a port.
func address(s string) string {
	if ip := net.ParseIP(strings.Trim(s, "[]")); ip != nil {
		return ip.String()
	}
	host, port, _ := net.SplitHostPort(s)
	if ip := net.ParseIP(host); ip != nil {
		host = ip.String()
	}
	return net.JoinHostPort(host, port)
}

// set is a setting as a message names it.
func set(s run.Setting) string {
	if s.Value == "" {
		return "no " + s.Name
	}
	return fmt.Sprintf("%s %q (%s)", s.Name, s.Value, cmp.Or(s.Origin, "not set"))
}
