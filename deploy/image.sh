#!/bin/bash
# image.sh [--libcrypto] [NAME:TAG [OUT.tar]]
# Builds the image of a load's pods: one static program and the certificate authorities
# of this machine (CA_BUNDLE names others). With --libcrypto the program is built with
# cgo, and libcrypto and the C library of this machine are in the image; decryption
# then takes a third of the time. The same source, Go and files give the same bytes.
#
# image.sh --browser [NAME:TAG [OUT.tar]]
# Builds the image for people and CI by the Dockerfile, with Chromium, as an OCI archive.
# Needs buildah, and root or subordinate user IDs. BASE names the base image; where it is
# not set and no registry is at hand, the base is made of Debian's packages (base.sh).
# Exit code 4: buildah, or Debian's packages, cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/.."
libcrypto= browser=
case ${1:-} in
--libcrypto) libcrypto=yes; shift ;;
--browser) libcrypto=yes browser=yes; shift ;;
esac
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
name=${1:-sgidcheck:$version}
out=${2:-dist/sgidcheck-image${libcrypto:+-libcrypto}.tar}
if [ -n "$browser" ]; then out=${2:-dist/sgidcheck-image-browser.oci.tar}; fi
mkdir -p "$(dirname "$out")"
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
CGO_ENABLED=${libcrypto:+1}
export CGO_ENABLED=${CGO_ENABLED:-0}
${GO:-go} build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$version" -o "$w/sgidcheck" ./cmd/sgidcheck

if [ -n "$browser" ]; then
	command -v buildah >/dev/null || { echo "image.sh: buildah is not on this machine: install it (apt-get install buildah), or build the Dockerfile with podman or docker" >&2; exit 4; }
	if [ -z "${BASE:-}" ]; then
		BASE=$(sed -n 's/^ARG BASE=//p' Dockerfile)
		buildah pull -q --policy missing "$BASE" >/dev/null 2>&1 || BASE=$(bash deploy/base.sh)
	fi
	mkdir "$w/context" && mv "$w/sgidcheck" "$w/context"
	buildah build -q --isolation "${ISOLATION:-chroot}" --network host --layers=false --timestamp 0 \
		--build-arg BASE="$BASE" --file Dockerfile --tag "localhost/$name" "$w/context" >"$w/log" 2>&1 || {
		tail -20 "$w/log" >&2
		if grep -qE '^E: (Failed to fetch|Unable to (fetch|locate)|Some index files)|^Err:' "$w/log"; then
			echo "image.sh: Debian's packages cannot be had here" >&2
			exit 4
		fi
		exit 1
	}
	rm -f "$out"
	buildah push -q "localhost/$name" "oci-archive:$out:$name"
	sha256sum "$out"
	echo "$name in $out"
	exit
fi

bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
[ -s "$bundle" ] || { echo "image.sh: there are no certificate authorities in $bundle: install ca-certificates, or name a PEM file in CA_BUNDLE" >&2; exit 1; }
files=("$w/sgidcheck:sgidcheck" "$bundle:etc/ssl/certs/ca-certificates.crt")
if [ -n "$libcrypto" ]; then
	lib=$(ldconfig -p | awk '/libcrypto\.so\.3 .*=>/ {print $NF; exit}')
	[ -n "$lib" ] || { echo "image.sh: libcrypto.so.3 is not on this machine: install libssl3" >&2; exit 1; }
	# What the two need, at the paths where the dynamic linker looks.
	while read -r path; do files+=("$path:${path#/}"); done < <({ ldd "$w/sgidcheck"; ldd "$lib"; echo "$lib"; } | grep -o '/[^ ]*' | sort -u)
fi
bash deploy/mkimage.sh "$name" "$out" /sgidcheck 65532:65532 "${files[@]}"
echo "$name in $out"
