#!/bin/sh
# The main job from start to end, on an embedded PostgreSQL: `make demo`.
#
# It works in a fresh migration repository below .cdcmig/demo with the sample's config and snapshots; every command
# that it runs is shown, and can be typed there afterwards.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
demo=$here/.cdcmig/demo

bold=''; dim=''; plain=''
if [ -t 1 ]; then bold=$(printf '\033[1m'); dim=$(printf '\033[2m'); plain=$(printf '\033[0m'); fi
say() { printf '\n%s── %s%s\n' "$bold" "$*" "$plain"; }
run() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; "$@"; }
query() { printf '%s%s%s\n' "$dim" "$1" "$plain"; cdcmig sql "$1"; }

say 'A new migration repository, with the sample: 39 tables for 26 customers, and a shared directory'
if [ -d "$demo" ]; then cdcmig server stop -C "$demo" > /dev/null; rm -rf "$demo"; fi
run cdcmig init "$demo"
rm -r "$demo/services"
cp -R "$here/services" "$demo/services"
cd "$demo"
trap 'cdcmig server stop -C "$demo" > /dev/null' EXIT
run cdcmig config check

say 'Config and snapshot in, changesets and tenant branches out'
run cdcmig revision -m 'initial import' 2> /dev/null
run sed -n '1,24p' alembic/changesets/sink_asma.directory/0001_initial_import.py
run cat alembic/versions/sink_asma.directory/avansas/0001_initial_import.py

say 'One tenant, to the letter'
run alembic --quiet upgrade head -x schema=avansas
run alembic --quiet current -x schema=avansas

say 'Every tenant, the infrastructure first'
run alembic --quiet upgrade heads
run alembic --quiet check -x schema=avansas
