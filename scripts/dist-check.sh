#!/bin/sh
# Builds the releases of the commit twice, in two folders of different names and
# each with an empty build cache, and compares them byte for byte.
# usage: dist-check.sh VERSION PLATFORMS
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT INT TERM
GOFLAGS=-trimpath CGO_ENABLED=0 go build -modfile=tools/go.mod -o "$work/cyclonedx-gomod" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
for folder in one a-second-and-longer-one; do
	mkdir "$work/$folder"
	git archive HEAD | tar -x -C "$work/$folder"
	GOCACHE="$work/cache-$folder" make -s -C "$work/$folder" dist VERSION="$1" PLATFORMS="$2" CYCLONEDX="$work/cyclonedx-gomod" >"$work/said-$folder"
	rm -rf "$work/cache-$folder"
done
if ! diff -r "$work/one/dist" "$work/a-second-and-longer-one/dist"; then
	echo "dist-check: the two builds differ" >&2
	exit 1
fi
cat "$work/one/dist/SHA256SUMS"
echo "dist-check: two builds, the same bytes"
