#!/bin/sh
# home.sh [REPOSITORY] [PUBLIC_KEY]: writes what release.env says of the public home,
# or what is given, into release.env and everything that names it. With a key, the lines
# that say what to do until a release is published are taken out.
set -eu
cd "$(dirname "$0")/.."
. ./release.env
repository=${1:-$REPOSITORY} key=${2:-$PUBLIC_KEY}
case $repository in
*/*/* | /* | */ | *[!A-Za-z0-9._/-]*) echo "home.sh: '$repository' is no OWNER/NAME" >&2; exit 2 ;;
*/*) ;;
*) echo "home.sh: '$repository' is no OWNER/NAME" >&2; exit 2 ;;
esac
case $key in
*[!A-Za-z0-9+/=]*) echo "home.sh: the public key is base64, on one line" >&2; exit 2 ;;
esac
for file in release.env README.md CHANGELOG.md docs/*.md action.yml templates/sgidcheck.yml reports/home.go; do
	sed -e "s|$REPOSITORY|$repository|g" -e "${key:+/^Until a release is published, /d}" \
		-e "s|^PUBLIC_KEY=.*|PUBLIC_KEY=$key|" \
		-e "/^    public-key:/,/default:/s|default: \".*\"|default: \"$key\"|" "$file" >"$file.new"
	if cmp -s "$file" "$file.new"; then rm "$file.new"; else
		cat "$file.new" >"$file" && rm "$file.new"
		echo "$file"
	fi
done
