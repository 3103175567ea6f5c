#!/bin/sh
# Makes a certificate that this machine vouches for itself: cert.pem and key.pem beside this script, or in FOLDER.
#
#   traefik/certs/generate-self-signed.sh [--localhost] [--days N] DOMAIN [FOLDER]
#
# DOMAIN is a name or an IP address. With --localhost the certificate also holds for localhost, 127.0.0.1 and ::1.
# It never overwrites: remove or rename both files first.
set -eu
umask 077

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}
usage='usage: generate-self-signed.sh [--localhost] [--days N] DOMAIN [FOLDER]'

local_names=''
days=825
while [ $# -gt 0 ]; do
  case $1 in
    --localhost) local_names=',DNS:localhost,IP:127.0.0.1,IP:::1' ;;
    --days) [ $# -gt 1 ] || fail "$usage" 2; days=$2; shift ;;
    -*) fail "$usage" 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 1 ] && [ $# -le 2 ] || fail "$usage" 2
domain=$1
folder=${2:-$(dirname -- "$0")}

case $days in '' | *[!0-9]*) fail "--days takes a number of days." 2 ;; esac
case $domain in
  '' | *[!A-Za-z0-9.:-]* | -* | .*) fail "DOMAIN must be a host name or an IP address." 2 ;;
  *:*) name="IP:$domain" ;;
  *[!0-9.]*) name="DNS:$domain" ;;
  *) name="IP:$domain" ;;
esac
command -v openssl >/dev/null || fail 'openssl is missing: install the package openssl.'
[ -d "$folder" ] || fail "There is no folder $folder."
for file in "$folder/cert.pem" "$folder/key.pem"; do
  [ ! -e "$file" ] || fail "$file is there already. Remove or rename cert.pem and key.pem to make new ones."
done

# Under other names first, so that a run that is cut off leaves no half certificate behind.
work=$(mktemp -d "$folder/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days "$days" \
  -subj "/CN=$(printf %.64s "$domain")" -addext "subjectAltName=$name$local_names" \
  -addext 'keyUsage=critical,digitalSignature' -addext 'extendedKeyUsage=serverAuth' \
  -addext 'basicConstraints=critical,CA:FALSE' \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/log" || fail "$(cat "$work/log")"
chmod 600 "$work/key.pem"
chmod 644 "$work/cert.pem"
mv "$work/key.pem" "$work/cert.pem" "$folder/"
echo "Made $folder/cert.pem and $folder/key.pem for $domain, valid for $days days."
