#!/bin/bash
# image.sh [--libcrypto] [NAME:TAG [OUT.tar]]
# Builds the image of sgidcheck: one static program and the certificate authorities
# of this machine (CA_BUNDLE names others). With --libcrypto the program is built with
# cgo, and libcrypto and the C library of this machine are in the image; decryption
# then takes a third of the time. The same source, Go and files give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
libcrypto=
if [ "${1:-}" = --libcrypto ]; then libcrypto=yes; shift; fi
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
name=${1:-sgidcheck:$version}
out=${2:-dist/sgidcheck-image${libcrypto:+-libcrypto}.tar}
bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
[ -s "$bundle" ] || { echo "image.sh: there are no certificate authorities in $bundle: install ca-certificates, or name a PEM file in CA_BUNDLE" >&2; exit 1; }
mkdir -p "$(dirname "$out")"
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
CGO_ENABLED=${libcrypto:+1}
export CGO_ENABLED=${CGO_ENABLED:-0}
${GO:-go} build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$version" -o "$w/sgidcheck" ./cmd/sgidcheck
files=("$w/sgidcheck:sgidcheck" "$bundle:etc/ssl/certs/ca-certificates.crt")
if [ -n "$libcrypto" ]; then
	lib=$(ldconfig -p | awk '/libcrypto\.so\.3 .*=>/ {print $NF; exit}')
	[ -n "$lib" ] || { echo "image.sh: libcrypto.so.3 is not on this machine: install libssl3" >&2; exit 1; }
	# What the two need, at the paths where the dynamic linker looks.
	while read -r path; do files+=("$path:${path#/}"); done < <({ ldd "$w/sgidcheck"; ldd "$lib"; echo "$lib"; } | grep -o '/[^ ]*' | sort -u)
fi
bash deploy/mkimage.sh "$name" "$out" /sgidcheck 65532:65532 "${files[@]}"
echo "$name in $out"
