#!/bin/sh
# The embedded provider and the load test together, at half of what the provider
# was found to take: memory, descriptors, threads and temporary files must not
# grow from the middle third to the last.
# usage: soak.sh SGIDCHECK DURATION
set -eu
bin=$1 duration=$2
work=$(mktemp -d)
provider='' load=''
cleanup() {
	for pid in $load $provider; do kill "$pid" 2>/dev/null || true; done
	wait
	rm -rf "$work"
}
trap cleanup EXIT INT TERM
mkdir "$work/tmp"
export TMPDIR="$work/tmp"
# What the provider must remember lives shorter than a third of the soak.
"$bin" provider --code-lifetime 60s --token-lifetime 60s --client-file "$work/clients.json" >"$work/issuer" 2>"$work/provider.txt" &
provider=$!
while ! [ -s "$work/issuer" ]; do
	kill -0 "$provider" || exit 1
	sleep 0.1
done
SGID_ISSUER=$(cat "$work/issuer")
field() { sed -n "s/^ *\"$1\": \"\(.*\)\",*\$/\1/p" "$work/clients.json" | head -1; }
SGID_CLIENT_ID=$(field client_id)
SGID_CLIENT_SECRET=$(field client_secret)
SGID_PRIVATE_KEY=$(field private_key)
SGID_REDIRECT_URI=$(sed -n 's/^ *"\(http[^"]*callback[^"]*\)".*/\1/p' "$work/clients.json" | head -1)
SGID_SCOPES='openid myinfo.name myinfo.email'
export SGID_ISSUER SGID_CLIENT_ID SGID_CLIENT_SECRET SGID_PRIVATE_KEY SGID_REDIRECT_URI SGID_SCOPES
rate=${SOAK_RATE:-}
if [ -z "$rate" ]; then
	"$bin" loadtest login --find-max --threshold 'errors<0.1%' --threshold 'login.p99<1s' --duration 6s --out "$work/max" --progress none >"$work/max.txt" 2>&1 || true
	found=$(sed -n 's/.*"rate_achieved": *\([0-9]*\).*/\1/p' "$work/max/run.json" | head -1)
	rate=$((${found:-20} / 2))
fi
echo "soak: $rate logins a second for $duration"
"$bin" loadtest login --rate "$rate" --duration "$duration" --threshold 'errors<0.1%' --out "$work/out" --progress none >"$work/load.txt" 2>&1 &
load=$!
sample() { # of a process: resident KiB, descriptors, threads
	echo "$2 $(awk '/^VmRSS/ {print $2}' "/proc/$1/status") $(ls "/proc/$1/fd" | wc -l) $(awk '/^Threads/ {print $2}' "/proc/$1/status") $(find "$work/tmp" | wc -l)"
}
while kill -0 "$load" 2>/dev/null; do
	{ sample "$provider" provider; sample "$load" loadtest; } >>"$work/samples" 2>/dev/null || true
	sleep 1
done
code=0
wait "$load" || code=$?
load=''
tail -5 "$work/load.txt"
# A Go program that gets SIGQUIT prints its goroutines.
kill -QUIT "$provider" && wait "$provider" || true
provider=''
goroutines=$(grep -c '^goroutine ' "$work/provider.txt" || true)
echo "soak: provider goroutines        $goroutines when the load had ended"
[ "$goroutines" -gt 0 ] && [ "$goroutines" -le 50 ] || code=1
awk '
	NF == 5 { n[$1]++; for (i = 2; i <= 5; i++) v[$1, n[$1], i] = $i }
	END {
		split("x resident-KiB descriptors threads temporary-files", name, " ")
		for (who in n) for (i = 2; i <= 5; i++) {
			third = int(n[who] / 3); early = late = 0
			for (k = third + 1; k <= 2 * third; k++) if (v[who, k, i] > early) early = v[who, k, i]
			for (k = 2 * third + 1; k <= n[who]; k++) if (v[who, k, i] > late) late = v[who, k, i]
			room = i == 2 ? early * 0.15 + 16384 : i == 5 ? 2 : early * 0.2 + 16
			grows = late > early + room
			printf "soak: %-8s %-15s %d in the middle third, %d in the last%s\n", who, name[i], early, late, grows ? ": IT GROWS" : ""
			bad += grows
		}
		if (length(n) < 2) { print "soak: nothing was measured"; bad++ }
		exit bad > 0
	}' "$work/samples" || code=1
exit "$code"
