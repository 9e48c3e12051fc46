#!/bin/sh
# install.sh VERSION FOLDER: puts sgidcheck of a signed release into FOLDER, for
# Linux, macOS and Windows (Git Bash). Needs curl and openssl.
# TOOL_RELEASES and TOOL_KEY say where releases are and which public key (base64 of
# its DER form) they are signed with; release.env beside this folder has the defaults.
# Nothing is installed where signature or checksum does not hold. Exit code 2: it was
# called wrongly, or there is no release for this machine.
set -eu
if [ $# -ne 2 ]; then
	echo "usage: install.sh VERSION FOLDER" >&2
	exit 2
fi
refuse() {
	echo "install.sh: $*" >&2
	exit 2
}
version=$1 folder=$2
case $version in
'' | *[!A-Za-z0-9._-]*) refuse "'$version' is no version: name a release such as v0.1.0" ;;
esac
here=$(cd "$(dirname "$0")/.." && pwd)
if [ -f "$here/release.env" ]; then . "$here/release.env"; fi
releases=${TOOL_RELEASES:-https://github.com/${REPOSITORY:-}/releases/download}
key=${TOOL_KEY:-${PUBLIC_KEY:-}}
[ -n "$key" ] || refuse "there is no public key to check the signature with: set TOOL_KEY, or PUBLIC_KEY in release.env"

case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
MINGW* | MSYS* | CYGWIN*) os=windows ;;
*) refuse "there is no release for $(uname -s): build it with Go, 'make build'" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) refuse "there is no release for $(uname -m): build it with Go, 'make build'" ;;
esac
exe=
if [ "$os" = windows ]; then arch=amd64 exe=.exe; fi # Windows on arm64 runs it, too
file=sgidcheck_${version}_${os}_$arch$exe

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for f in "$file" SHA256SUMS SHA256SUMS.sig; do
	curl -fsSL --retry 3 -o "$work/$f" "$releases/$version/$f" || {
		echo "install.sh: $releases/$version/$f cannot be downloaded" >&2
		exit 1
	}
done
printf %s "$key" | openssl base64 -d -A >"$work/key.der"
openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/key.pem" 2>/dev/null || refuse "the public key is none: it is base64 of a key's DER form, on one line"
openssl dgst -sha256 -verify "$work/key.pem" -signature "$work/SHA256SUMS.sig" "$work/SHA256SUMS" >/dev/null 2>&1 || {
	echo "install.sh: the signature of $releases/$version/SHA256SUMS is not of this key: nothing was installed" >&2
	exit 1
}
if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum='shasum -a 256'; fi
(cd "$work" && grep " [ *]*$file\$" SHA256SUMS | $sum -c - >/dev/null 2>&1) || {
	echo "install.sh: $file is not what SHA256SUMS says: nothing was installed" >&2
	exit 1
}
mkdir -p "$folder"
install -m 755 "$work/$file" "$folder/sgidcheck$exe"
echo "$folder/sgidcheck$exe: $version, signature and checksum hold"
