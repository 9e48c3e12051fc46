#!/bin/bash
# mkimage.sh NAME:TAG OUT.tar ENTRYPOINT UID FILE:PATH...
# A container image of one layer, as docker load, ctr images import and skopeo take
# it. The same files give the same bytes.
set -euo pipefail
name=$1 out=$2 entry=$3 uid=$4; shift 4
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
mkdir -p "$w/root/tmp" "$w/image"
for f in "$@"; do
	mkdir -p "$w/root/$(dirname "${f#*:}")"
	cp -L "${f%%:*}" "$w/root/${f#*:}"
done
find "$w/root" -type d -exec chmod 755 {} +
find "$w/root" -type f -exec chmod 755 {} +
chmod 1777 "$w/root/tmp"
pack() { tar -C "$1" --sort=name --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$2" .; }
pack "$w/root" "$w/layer.tar"
layer=$(sha256sum "$w/layer.tar" | cut -d' ' -f1)
mv "$w/layer.tar" "$w/image/$layer.tar"
arch=$(case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac)
cat >"$w/config.json" <<J
{"architecture":"${GOARCH:-$arch}","os":"linux","created":"1970-01-01T00:00:00Z","config":{"User":"$uid","Entrypoint":["$entry"],"WorkingDir":"/","Env":["PATH=/"]},"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"mkimage.sh"}]}
J
config=$(sha256sum "$w/config.json" | cut -d' ' -f1)
mv "$w/config.json" "$w/image/$config.json"
echo "[{\"Config\":\"$config.json\",\"RepoTags\":[\"$name\"],\"Layers\":[\"$layer.tar\"]}]" >"$w/image/manifest.json"
pack "$w/image" "$out"
sha256sum "$out"
