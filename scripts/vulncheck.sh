#!/bin/sh
# Looks for known vulnerabilities that the program reaches. Exit code 0: none;
# 1: some, or govulncheck failed; 4: not checked, because the database of
# vulnerabilities could not be read. Not checked is not passed.
# usage: vulncheck.sh GO [DATABASE]
set -u
go=$1 db=${2:-}
said=$("$go" tool govulncheck ${db:+-db "$db"} ./... 2>&1)
code=$?
printf '%s\n' "$said"
if [ "$code" -eq 0 ]; then
	exit 0
fi
if printf '%s' "$said" | grep -Eq 'vuln\.go\.dev|fetching vulnerabilities|dial tcp|HTTP GET|database'; then
	if ! printf '%s' "$said" | grep -q '^Vulnerability #'; then
		echo "vulncheck: NOT CHECKED: the database of vulnerabilities could not be read (name a mirror with VULNDB=URL)" >&2
		exit 4
	fi
fi
exit 1
