#!/bin/bash
# image-test.sh [OCI.tar]: runs the image of the Dockerfile as a user without rights,
# from its OCI archive, which is built where none is named. Exit code 4: this machine
# cannot build or run it, and why is said. Needs buildah and root.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v buildah >/dev/null || { echo "image-test.sh: buildah is not on this machine" >&2; exit 4; }
probe=$(buildah from scratch) && buildah mount "$probe" >/dev/null || { echo "image-test.sh: this machine lets buildah mount nothing" >&2; exit 4; }
buildah rm "$probe" >/dev/null
w=$(mktemp -d)
container= image=
cleanup() {
	[ -z "$container" ] || buildah rm "$container" >/dev/null
	[ -z "$image" ] || buildah rmi "$image" >/dev/null 2>&1 || true
	rm -rf "$w"
}
trap cleanup EXIT
archive=${1:-}
if [ -z "$archive" ]; then
	archive=$w/sgidcheck.oci.tar
	bash deploy/image.sh --browser "sgidcheck:${VERSION:-test}" "$archive"
	buildah rmi "localhost/sgidcheck:${VERSION:-test}" >/dev/null
fi
image=$(buildah pull -q "oci-archive:$archive")
container=$(buildah from --pull-never "$image")

fail() {
	echo "image-test.sh: $*" >&2
	exit 1
}
config=$(buildah inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.WorkingDir}} {{.OCIv1.Config.Entrypoint}}' "$container")
[ "$config" = "65532:65532 /work [sgidcheck]" ] || fail "the image is set up as $config"
inside() { buildah run --isolation "${ISOLATION:-chroot}" --network host "$container" -- "$@"; }
inside true || { echo "image-test.sh: this machine lets no container run" >&2; exit 4; }
[ "$(inside id -u)" = 65532 ] || fail "it runs as user $(inside id -u)"
inside sgidcheck --version
# The embedded provider judged by a login in Chromium, decrypted by libcrypto.
inside sgidcheck conformance --login browser --require-browser --crypto openssl --select AUTHZ-01,TOKEN-01,CRYPT-03,UINFO-01 --require none --progress none --out report || fail "the login in its browser: exit code $?"
inside sgidcheck report --format pdf --out report.pdf report
inside cat report/run.json >"$w/run.json"
grep -q '"login": *"browser"' "$w/run.json" || fail "nobody logged in by a browser"
inside head -c 5 report.pdf | grep -q '%PDF-' || fail "it printed no PDF"
inside test -s /etc/ssl/certs/ca-certificates.crt || fail "it has no certificate authorities"
code=0
inside sgidcheck conformance --no-such-flag >/dev/null 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "a wrong command line ends with $code"
echo "image-test: the image logs in, decrypts and prints, as a user without rights"
