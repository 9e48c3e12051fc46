#!/bin/sh
# Makes sure that a Python with jwcrypto is there, which the official Python SDK
# decrypts with: installs Debian's package where that needs no password, and says
# what to do elsewhere. Its absence does not fail here: what needs it says so.
set -eu

for python in python3 /usr/bin/python3; do
	if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import jwcrypto.jwe' 2>/dev/null; then
		exit 0
	fi
done

if ! command -v apt-get >/dev/null 2>&1; then
	echo "No Python with jwcrypto found. Install python3 and jwcrypto with this system's package manager." >&2
	exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "No Python with jwcrypto found. Install it with: sudo apt-get install python3-jwcrypto" >&2
		exit 0
	fi
	as_root="sudo -n"
fi
echo "Installing jwcrypto for Python..."
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends python3-jwcrypto >/dev/null
