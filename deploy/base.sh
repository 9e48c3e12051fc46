#!/bin/bash
# base.sh: makes the base image of the Dockerfile out of Debian's packages, where no
# registry is at hand, and prints its name. Needs buildah, mmdebstrap and root.
set -euo pipefail
name=localhost/debian:bookworm-packages
if ! buildah inspect --type image "$name" >/dev/null 2>&1; then
	command -v mmdebstrap >/dev/null || { echo "base.sh: the base image cannot be pulled, and mmdebstrap is not on this machine: install it, or name a base image in BASE" >&2; exit 4; }
	rootfs=$(mktemp -d)
	trap 'rm -rf "$rootfs"' EXIT
	mmdebstrap --quiet --variant=minbase \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$rootfs/base.tar" "deb http://deb.debian.org/debian bookworm main" "deb http://deb.debian.org/debian bookworm-updates main" \
		"deb http://deb.debian.org/debian-security bookworm-security main" >&2 || { echo "base.sh: the base image cannot be pulled, nor made of Debian's packages" >&2; exit 4; }
	container=$(buildah from scratch)
	buildah add -q "$container" "$rootfs/base.tar" / >/dev/null
	buildah config --cmd '["bash"]' "$container"
	buildah commit -q "$container" "$name" >/dev/null
	buildah rm "$container" >/dev/null
fi
echo "$name"
