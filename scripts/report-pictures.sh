#!/bin/sh
# Makes the three runs whose reports the tests of package reports look at, and the
# pictures of them in docs/. Needs bin/sgidcheck, the peers and Chromium; takes
# minutes. The reports are drawn from the records alone, so that pictures can also be
# made again without new runs: scripts/report-pictures.sh --no-runs
set -eu
cd "$(dirname "$0")/.."
dir=dist/report-pictures # stands in the records, and so is the same everywhere
rm -rf "$dir"
mkdir -p "$dir"
mockpass=
trap '[ -z "$mockpass" ] || kill "$mockpass"' EXIT

# keep NAME EXPECTED-EXIT-CODE COMMAND...: runs the command and keeps its record.
keep() {
	name=$1 expected=$2
	shift 2
	code=0
	"$@" --out "$dir/$name" --progress none >/dev/null || code=$?
	[ "$code" = "$expected" ] || { echo "$name: exit code $code, not $expected" >&2; exit 1; }
	gzip -9nc "$dir/$name/run.json" >"reports/testdata/$name.json.gz"
}

if [ "${1:-}" != --no-runs ]; then
	keep clean 0 bin/sgidcheck run
	keep three-faults 1 bin/sgidcheck conformance --fault jwks-private-key --fault pkce-not-enforced --fault code-reusable

	export MOCKPASS_NRIC=S9812379B MOCKPASS_PORT=5156 SGID_CLIENT_ID=demo SGID_CLIENT_SECRET=any SGID_REDIRECT_URI=http://127.0.0.1:8085/callback
	export SGID_PRIVATE_KEY_FILE=peers/node_modules/@opengovsg/mockpass/static/certs/key.pem SGID_SCOPES="openid myinfo.name"
	# MockPass ends at a request without a token, and is started again.
	sh -c 'trap "kill \$node; exit" TERM; while :; do node peers/node_modules/@opengovsg/mockpass/index.js >/dev/null 2>&1 & node=$!; wait $node; done' &
	mockpass=$!
	curl -s -o "$dir/metadata" --retry 60 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$MOCKPASS_PORT/v2/.well-known/openid-configuration"
	keep mockpass-waived 0 bin/sgidcheck conformance --issuer "http://127.0.0.1:$MOCKPASS_PORT/v2" --endpoints documented --waivers suites/waivers/mockpass-4.3.4.yaml
fi
go test ./reports -run TestReportPictures -pictures "$PWD/docs" -count 1
