#!/bin/sh
# sign.sh FOLDER: signs FOLDER/SHA256SUMS, after the files have been held against it,
# with the private key in SIGNING_KEY: PEM, or a file that holds it (ECDSA P-256:
# openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem).
# The signature is one that 'openssl dgst -sha256 -verify' takes everywhere.
# Exit code 2: there is nothing to sign, or no key that users could check it with.
set -eu
folder=${1:?usage: sign.sh FOLDER}
refuse() {
	echo "sign.sh: $*" >&2
	exit 2
}
here=$(cd "$(dirname "$0")/.." && pwd)
published=${PUBLIC_KEY-unset}
. "$here/release.env"
if [ "$published" != unset ]; then PUBLIC_KEY=$published; fi
[ -n "${SIGNING_KEY:-}" ] || refuse "SIGNING_KEY is not set: it is the private key as PEM, or a file that holds it"
[ -f "$folder/SHA256SUMS" ] || refuse "there is no $folder/SHA256SUMS: 'make dist' writes it"
(cd "$folder" && sha256sum --quiet -c SHA256SUMS) || refuse "what stands in $folder is not what SHA256SUMS says: 'make dist' builds it anew"

# The key stays in this shell, and is written to no file.
case $SIGNING_KEY in
-----BEGIN*) key=$SIGNING_KEY ;;
*)
	[ -r "$SIGNING_KEY" ] || refuse "SIGNING_KEY names a file that cannot be read"
	key=$(cat "$SIGNING_KEY")
	;;
esac
unset SIGNING_KEY
public=$(printf '%s\n' "$key" | openssl pkey -passin pass: -pubout -outform DER 2>/dev/null | openssl base64 -A) || true
[ -n "$public" ] || refuse "SIGNING_KEY holds no private key without a passphrase"
[ "$public" = "$PUBLIC_KEY" ] || refuse "users check with the PUBLIC_KEY of release.env, which is another one; to publish this one: make home PUBLIC_KEY=$public"
printf '%s\n' "$key" | openssl dgst -sha256 -sign /dev/stdin -out "$folder/SHA256SUMS.sig" "$folder/SHA256SUMS"
echo "$folder/SHA256SUMS.sig"
