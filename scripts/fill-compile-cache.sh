#!/bin/sh
# Has Node keep what it compiles of a service, for its image: see COMPILE_CACHE in scripts/run.mjs.
#
#   sh scripts/fill-compile-cache.sh USER-ID FOLDER PROGRAM [LATER-PROGRAM...]
#
# USER-ID is whose containers will use FOLDER: Node keeps what one user compiles apart from others.
# PROGRAM ends with exit code 2 once all of it is loaded, as it gets no settings.
# A LATER-PROGRAM is what it starts a thread or a process with; started by nobody, it ends once it is loaded, with any exit code.
# A file that is left out is compiled by each container anew: the compiler that strips the types takes 15 to 20 MiB and 0.2 s of it.
set -eu

user=$1 folder=$2 program=$3
shift 3

start() {
  NODE_COMPILE_CACHE=$folder setpriv --reuid="$user" --clear-groups node --max-semi-space-size=1 "$1" > /dev/null 2>&1
}

kept() {
  find "$folder" -type f | wc -l
}

install -d -m 0777 "$folder"
code=0
start "$program" || code=$?
[ "$code" = 2 ] || { echo "$program ended with exit code $code, not 2" >&2; exit 1; }
for later in "$@"; do
  before=$(kept)
  start "$later" || true
  [ "$(kept)" -gt "$before" ] || { echo "nothing was kept of $later" >&2; exit 1; }
done
chown -R root:root "$folder"
chmod -R a+rX "$folder"
