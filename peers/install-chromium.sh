#!/bin/sh
# Makes sure that a Chromium or Chrome is there: installs Debian's package where
# that needs no password, and says what to do elsewhere. Its absence does not
# fail here: the browser checks say for themselves that they were skipped.
set -eu

for name in "${CHROME_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
	if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
		exit 0
	fi
done
for app in "/Applications/Google Chrome.app" "/Applications/Chromium.app"; do
	if [ -d "$app" ]; then
		exit 0
	fi
done

if ! command -v apt-get >/dev/null 2>&1; then
	echo "No Chromium found. Install Chromium or Chrome with this system's package manager, or set CHROME_PATH." >&2
	exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "No Chromium found. Install it with: sudo apt-get install chromium" >&2
		exit 0
	fi
	as_root="sudo -n"
fi
echo "Installing Chromium..."
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null
# The selftest takes half the time with it. Not every system has it.
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 || true
